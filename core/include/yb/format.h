/*
 * yb/format.h - the codes and texts of the field, each with its check.
 *
 * Sections are those of the vaccination brief. Every check is a pure function; the
 * catalogue id it answers is E-VAL-002 (length or characters) or E-VAL-010 (check digit).
 */
#ifndef YB_FORMAT_H
#define YB_FORMAT_H

#include <yb/record.h>

extern const yb_format yb_format_muni_code;    /* 全国地方公共団体コード, 6 digits, mod 11 (3.1) */
extern const yb_format yb_format_hmi_code;     /* 医療機関コード, 10 digits, Luhn (3.2) */
extern const yb_format yb_format_nmi_code;     /* N + prefecture + serial(6) + Luhn (ID-04) */
extern const yb_format yb_format_org_code;     /* any organisation: NHIC, NHIF, MUNI, HMI, NMI, insurer */
extern const yb_format yb_format_insurer;      /* 保険者番号, 8 or 6 digits (3.3) */
extern const yb_format yb_format_my_number;    /* 個人番号, 12 digits, mod 11 (3.4) */
extern const yb_format yb_format_gtin;	       /* 14 digits, mod 10 (3.6) */
extern const yb_format yb_format_lot;	       /* ロット番号, 1-20 of A-Z 0-9 - (3.6) */
extern const yb_format yb_format_kana;	       /* full-width katakana and spaces, after yb_kana() */
extern const yb_format yb_format_name;	       /* printable, no control characters */
extern const yb_format yb_format_mail;	       /* addr-spec of RFC 5321, basic */
extern const yb_format yb_format_cidr;	       /* IPv4 or IPv6 network */

/* The digit that completes a code; body holds digits only. */
int yb_check_digit_mod11_muni(yb_str body5);
int yb_check_digit_luhn(yb_str body);
int yb_check_digit_my_number(yb_str body11);

#endif
