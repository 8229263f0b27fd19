/*
 * pdf_amend.h - the catalogue of a PDF, amended by an incremental update behind its bytes: its
 * language is Japanese, its tags are meant, and a window shows its title.
 */
#ifndef YBH_PDF_AMEND_H
#define YBH_PDF_AMEND_H

#include "buf.h"

/* 0, or -1 when this is not a file as cairo 1.16 writes it, or there is no memory. */
int ybh_pdf_amend(struct ybh_buf *b);

#endif
