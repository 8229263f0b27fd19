/*
 * yb/drop.h - files that another system leaves for us in a directory, and those we leave there
 * (vaccination brief 15, file route).
 *
 * A file is three: NAME.csv has the rows, NAME.ctl says what they are, NAME.sig is the detached
 * signature of NAME.ctl. Only a NAME of which all three are there is looked at. The control file
 * is CSV with the header
 *
 *	file,sender,layout,sequence,rows,sha256
 *
 * and one line: the NAME, 1 to 10 capital letters and digits, 1 to 20 letters, digits, "." and
 * "-", two numbers, and the SHA-256 of NAME.csv in hexadecimal. The signature is what `openssl
 * dgst -sha256 -sign` writes: by a P-256 key or an RSA key of 2,048 bits or more, whose
 * certificate we keep (SENDER.pem, one or, while it changes, two). Nothing a sender says is used
 * before its signature was found good, and no row is read from a place where the sender could
 * still change it.
 *
 * What we leave for others has the same shape, its sender being YOBO; yobo-keeper signs the
 * control file with the key of class exchange (`yoboctl keys public exchange`).
 *
 * Directories are absolute paths from an area's parameters. Names never leave them: they are
 * letters, digits, "_" and "-".
 */
#ifndef YB_DROP_H
#define YB_DROP_H

#include <yb/request.h>

typedef struct yb_drop {
	yb_str sender, layout;
	int64_t sequence, rows;
	yb_bytes sha256;      /* of the rows, 32 bytes */
	yb_bytes fingerprint; /* SHA-256 of control file and signature: whether it is the same */
} yb_drop;

enum yb_drop_verdict {
	YB_DROP_GOOD = 0,
	YB_DROP_GONE,	  /* one of the three is not there any more, or cannot be read */
	YB_DROP_CONTROL,  /* the control file is not one, or speaks of another NAME */
	YB_DROP_STRANGER, /* no certificate of this sender is kept */
	YB_DROP_OVER,	  /* its certificates are not valid now */
	YB_DROP_SIGNATURE,/* not signed by the sender, or with a key we do not accept */
	YB_DROP_HASH,	  /* the rows are not those the control file speaks of */
	YB_DROP_LARGE,	  /* more bytes than wanted */
	YB_DROP_ENCODING, /* the rows are not UTF-8 */
	YB_DROP_FORM,	  /* the rows are not CSV */
};

/*
 * Names of which all three files are there, in their order, at most `most`, after `after`.
 * -1: the directory cannot be read, 503 E-SYS-001 recorded.
 */
int yb_drop_list(yb_req *r, yb_str dir, yb_str after, size_t most, yb_list *ret_names) YB_MUST_USE;
/*
 * Reads control file and signature. *ret is filled when it is GOOD; the fingerprint also
 * when it is not, but for GONE. Records nothing, like the next two.
 */
enum yb_drop_verdict yb_drop_open(yb_req *r, yb_str dir, yb_str name, yb_str certs, yb_drop *ret);
/*
 * Copies the rows to spool/NAME.csv, a directory only we can write to, unless they are there
 * already. GONE, HASH, LARGE, or GOOD: the copy has this SHA-256.
 */
enum yb_drop_verdict yb_drop_take(yb_req *r, yb_str dir, yb_str name, yb_str spool,
    const yb_drop *d, int64_t most_bytes);

typedef struct yb_drop_line {
	int64_t line; /* of the file, where it begins, from 1 */
	const yb_str *cells;
	size_t n; /* as many as the line has, whatever the header says */
} yb_drop_line;

/* Where the next read begins; zeroed: at the header. Bytes that can be kept in a run's state. */
typedef struct yb_drop_place {
	int64_t bytes, line;
} yb_drop_place;

/* Header and number of records behind it, from the copy. */
enum yb_drop_verdict yb_drop_survey(yb_req *r, yb_str spool, yb_str name, yb_drop_line *ret_header,
    int64_t *ret_rows);
/* At most `most` records (yb_drop_line) from *place on, which moves; fewer: that was the end. */
enum yb_drop_verdict yb_drop_read(yb_req *r, yb_str spool, yb_str name, yb_drop_place *place,
    size_t most, yb_list *ret);
/*
 * Moves the three files to the directory `to` below dir, which is made when it is missing, and
 * removes the copy. Files that are not there are no trouble. -1: 503 E-SYS-001 recorded.
 */
int yb_drop_clear(yb_req *r, yb_str dir, yb_str name, const char *to, yb_str spool) YB_MUST_USE;

/*
 * Writes dir/NAME.ending whole: it is there with all its bytes, or not at all; one that is there
 * is replaced. `dir` itself is made when it is missing, the directories above it are not.
 * -1: 503 E-SYS-001 recorded.
 */
int yb_drop_put(yb_req *r, yb_str dir, yb_str name, const char *ending, yb_bytes bytes) YB_MUST_USE;
/*
 * The signature of a control file of ours, as dir/NAME.sig has it. -1: recorded, the keeper is
 * away (503), or what is to be signed is not such a file.
 */
int yb_drop_sign(yb_req *r, yb_bytes control, yb_bytes *ret) YB_MUST_USE;
/* All of dir/NAME.ending, at most `most` bytes. YB_NO_ROW: not there, or larger. */
enum yb_found yb_drop_get(yb_req *r, yb_str dir, yb_str name, const char *ending, size_t most,
    yb_str *ret) YB_MUST_USE;
/* Whether a text can be a NAME: 1 to 60 letters, digits, "_" and "-". */
bool yb_drop_name(yb_str name);
/* A line of CSV as this house writes it: every cell in quotes, CRLF; null is "". */
yb_str yb_drop_csv(yb_req *r, const yb_str *cells, size_t n);

#endif
