/*
 * yb/pdf.h - paper: A4 pages with Japanese text, rules, boxes and tables, as a PDF.
 *
 * Lengths are tenths of a millimetre from the upper left corner of the page (A4 is 2100 x
 * 2970), sizes of type and weights of lines tenths of a point. Text flows at a cursor and goes
 * on to the next page by itself, or is placed where it is told. Fonts are embedded; the text
 * can be searched and copied. The same calls give the same bytes: no clock, no random number.
 *
 * A module that uses it links libyobopdf. The pages belong to the request and end with it.
 */
#ifndef YB_PDF_H
#define YB_PDF_H

#include <yb/request.h>

#define YB_PDF_WIDTH  2100
#define YB_PDF_HEIGHT 2970

typedef struct yb_pdf yb_pdf;

typedef struct yb_pdf_paper {
	yb_str title, author; /* metadata; viewers show the title */
	yb_time made;	      /* the date the document bears */
	int left, top, right, bottom; /* margins; all 0: 200 */
	yb_str foot;	      /* at the left of every foot; null: nothing */
	bool numbered;	      /* "1 / 3" at the right of every foot */
} yb_pdf_paper;

enum yb_pdf_face { YB_PDF_GOTHIC = 0, YB_PDF_MINCHO };
enum yb_pdf_align { YB_PDF_LEFT = 0, YB_PDF_CENTRE, YB_PDF_RIGHT };

/* How text looks; { 0 } is 10.5 pt gothic. */
typedef struct yb_pdf_type {
	int size;    /* 0: 105 */
	int leading; /* distance of lines in percent of the size; 0: 160 */
	int grey;    /* 0 black to 100 white */
	int spacing; /* between letters, tenths of a point */
	int hang;    /* how far all lines but a paragraph's first stand in, tenths of a point */
	enum yb_pdf_face face;
	enum yb_pdf_align align;
	bool bold;
	bool heading; /* for readers that announce the structure */
} yb_pdf_type;

typedef struct yb_pdf_column {
	yb_str head; /* null in all columns: no head row */
	int width;
	enum yb_pdf_align align;
	bool label;		 /* on a light ground, as the left column of a form */
	const yb_pdf_type *type; /* NULL: the table's */
} yb_pdf_column;

/* A document with one empty page, its cursor at the upper margin. */
yb_pdf *yb_pdf_new(yb_req *r, const yb_pdf_paper *paper);

/* ---- at the cursor, between the margins ---- */

/* A paragraph, or several separated by "\n". */
void yb_pdf_text(yb_pdf *p, const yb_pdf_type *type, yb_str text);
/* Moves down; negative moves up. */
void yb_pdf_space(yb_pdf *p, int height);
/* A new page when less than `height` is left on this one. */
void yb_pdf_keep(yb_pdf *p, int height);
void yb_pdf_page(yb_pdf *p);
/* Where the cursor is, from the upper edge. */
int yb_pdf_at(const yb_pdf *p);
/*
 * A ruled table from the left margin. `cells` are rows x columns, row by row; text stands in
 * the middle of its row's height. A row is never split; after a page break the head comes again.
 */
void yb_pdf_table(yb_pdf *p, const yb_pdf_column *columns, size_t n, const yb_pdf_type *type,
    const yb_str *cells, size_t rows);

/* ---- anywhere on the page; the cursor stays ---- */

/* Text in a column of this width; the height it took. */
int yb_pdf_place(yb_pdf *p, const yb_pdf_type *type, int x, int y, int width, yb_str text);
void yb_pdf_rule(yb_pdf *p, int x1, int y1, int x2, int y2, int weight);
/* grey: of the ground, 100 for none; weight 0: no outline. */
void yb_pdf_box(yb_pdf *p, int x, int y, int width, int height, int weight, int grey);

/* ---- the end ---- */

/* Characters no font of this machine has: whoever prints a name must know. */
size_t yb_pdf_missing(const yb_pdf *p);
/* The bytes, in the request's memory. -1 recorded. The document is finished by it. */
int yb_pdf_end(yb_pdf *p, yb_bytes *ret) YB_MUST_USE;

#endif
