/*
 * pdf.c - paper (yb/pdf.h), by pango and cairo.
 *
 * What is drawn is first collected page by page and drawn at the end, when the number of pages
 * is known. Lines stand at distances we choose, not the font's, so that a fallback font does
 * not move them. cairo cannot say the language of a document, nor that its tags are meant; the
 * catalogue is amended by an incremental update behind its bytes.
 */
#include <yb/pdf.h>

#include <assert.h>
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "pdf_amend.h"

#define PDF_MAX	     ((size_t)8 << 20)
#define OPS_FIRST    256u
#define CELL_ACROSS  22 /* from the rule to the text */
#define CELL_DOWN    9
#define RULE_WEIGHT  4
#define LABEL_GROUND 93
#define FOOT_SIZE    80

enum op_kind { OP_LINES, OP_RULE, OP_BOX };

struct op {
	enum op_kind kind;
	unsigned page;
	int x, y, w, h; /* of a rule: its other end */
	int weight, grey;
	PangoLayout *layout; /* lines first .. first + n - 1 stand here */
	int first, n;
	yb_pdf_type type;
};

struct yb_pdf {
	yb_req *r;
	yb_pdf_paper paper;
	cairo_surface_t *surface;
	cairo_t *cr;
	PangoFontMap *fonts; /* of this document: a map of the thread would keep them for ever */
	PangoContext *context;
	struct ybh_buf out;
	struct op *ops;
	size_t n_ops, max_ops, missing;
	unsigned page, pages;
	int y;
};

static double
points(int tenths_of_mm)
{
	return tenths_of_mm * 72.0 / 254.0;
}

/* Points to the tenth of a millimetre above, so that what was measured fits. */
static int
tenths(double pt)
{
	int whole = (int)(pt * 254.0 / 72.0);

	return points(whole) < pt ? whole + 1 : whole;
}

static double
leading(const yb_pdf_type *t)
{
	return t->size / 10.0 * t->leading / 100.0;
}

static cairo_status_t
write_out(void *arg, const unsigned char *data, unsigned n)
{
	struct ybh_buf *b = arg;

	ybh_buf_put(b, data, n);
	return b->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void
pdf_free(void *arg)
{
	yb_pdf *p = arg;

	for (size_t i = 0; i < p->n_ops; i++)
		if (p->ops[i].layout != NULL)
			g_object_unref(p->ops[i].layout);
	free(p->ops);
	g_object_unref(p->context);
	g_object_unref(p->fonts);
	cairo_destroy(p->cr);
	cairo_surface_destroy(p->surface);
	ybh_buf_free(&p->out);
}

/* "2026-11-21T14:59:47Z", as cairo wants a date. */
static void
date_text(yb_time t, char out[32])
{
	int64_t seconds = t.us / 1000000, day = seconds / 86400, rest = seconds % 86400;
	yb_date d = yb_date_from_days(day);

	(void)snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year, d.month, d.day,
	    (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

static void
metadata(yb_pdf *p, cairo_pdf_metadata_t what, yb_str s)
{
	if (s.p != NULL)
		cairo_pdf_surface_set_metadata(p->surface, what, ybh_arena_cstr(p->r->arena, s));
}

yb_pdf *
yb_pdf_new(yb_req *r, const yb_pdf_paper *paper)
{
	yb_pdf *p = yb_alloc(r, sizeof *p);
	cairo_font_options_t *plain = cairo_font_options_create();
	char date[32];

	p->r = r;
	p->paper = *paper;
	if (p->paper.left + p->paper.top + p->paper.right + p->paper.bottom == 0)
		p->paper.left = p->paper.top = p->paper.right = p->paper.bottom = 200;
	ybh_buf_init(&p->out, PDF_MAX);
	p->surface = cairo_pdf_surface_create_for_stream(write_out, &p->out,
	    points(YB_PDF_WIDTH), points(YB_PDF_HEIGHT));
	cairo_pdf_surface_restrict_to_version(p->surface, CAIRO_PDF_VERSION_1_4);
	p->cr = cairo_create(p->surface);
	p->fonts = pango_cairo_font_map_new();
	p->context = pango_font_map_create_context(p->fonts);
	pango_context_set_language(p->context, pango_language_from_string("ja-JP"));
	/* Metrics of the paper, not of a screen. */
	cairo_font_options_set_hint_style(plain, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(plain, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(p->context, plain);
	pango_cairo_context_set_resolution(p->context, 72);
	cairo_font_options_destroy(plain);
	date_text(paper->made, date);
	metadata(p, CAIRO_PDF_METADATA_TITLE, paper->title);
	metadata(p, CAIRO_PDF_METADATA_AUTHOR, paper->author);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
	p->y = p->paper.top;
	p->pages = 1;
	if (ybh_arena_defer(r->arena, pdf_free, p) < 0)
		abort(); /* the arena's limit is a fault of ours */
	return p;
}

/* ---- collecting ---- */

static struct op *
op_new(yb_pdf *p, enum op_kind kind)
{
	if (p->n_ops == p->max_ops) {
		p->max_ops = p->max_ops == 0 ? OPS_FIRST : 2 * p->max_ops;
		p->ops = reallocarray(p->ops, p->max_ops, sizeof *p->ops);
		if (p->ops == NULL)
			abort();
	}
	p->ops[p->n_ops] = (struct op) { .kind = kind, .page = p->page };
	return &p->ops[p->n_ops++];
}

static yb_pdf_type
complete(const yb_pdf_type *t)
{
	yb_pdf_type c = *t;

	if (c.size == 0)
		c.size = 105;
	if (c.leading == 0)
		c.leading = 160;
	return c;
}

static PangoLayout *
layout_new(yb_pdf *p, const yb_pdf_type *t, int width, yb_str text)
{
	PangoLayout *l = pango_layout_new(p->context);
	PangoFontDescription *font = pango_font_description_new();
	PangoAttrList *attributes = pango_attr_list_new();

	pango_font_description_set_family_static(font,
	    t->face == YB_PDF_MINCHO ? "Noto Serif CJK JP" : "Noto Sans CJK JP");
	pango_font_description_set_absolute_size(font, t->size / 10.0 * PANGO_SCALE);
	pango_font_description_set_weight(font,
	    t->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(l, font);
	pango_font_description_free(font);
	if (t->spacing != 0)
		pango_attr_list_insert(attributes,
		    pango_attr_letter_spacing_new(t->spacing * PANGO_SCALE / 10));
	pango_layout_set_attributes(l, attributes);
	pango_attr_list_unref(attributes);
	pango_layout_set_width(l, (int)(points(width) * PANGO_SCALE));
	pango_layout_set_indent(l, -t->hang * PANGO_SCALE / 10);
	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_auto_dir(l, FALSE);
	pango_layout_set_text(l, text.p == NULL ? "" : text.p, (int)text.len);
	p->missing += (size_t)pango_layout_get_unknown_glyphs_count(l);
	return l;
}

/* n lines of a layout, whose reference is taken over. */
static int
lines_put(yb_pdf *p, PangoLayout *l, int first, int n, const yb_pdf_type *t, int x, int y, int w)
{
	struct op *op = op_new(p, OP_LINES);

	op->layout = l;
	op->first = first;
	op->n = n;
	op->type = *t;
	op->x = x;
	op->y = y;
	op->w = w;
	return tenths(n * leading(t));
}

int
yb_pdf_place(yb_pdf *p, const yb_pdf_type *type, int x, int y, int width, yb_str text)
{
	yb_pdf_type t = complete(type);
	PangoLayout *l = layout_new(p, &t, width, text);

	return lines_put(p, l, 0, pango_layout_get_line_count(l), &t, x, y, width);
}

void
yb_pdf_rule(yb_pdf *p, int x1, int y1, int x2, int y2, int weight)
{
	struct op *op = op_new(p, OP_RULE);

	op->x = x1;
	op->y = y1;
	op->w = x2;
	op->h = y2;
	op->weight = weight;
}

void
yb_pdf_box(yb_pdf *p, int x, int y, int width, int height, int weight, int grey)
{
	struct op *op = op_new(p, OP_BOX);

	op->x = x;
	op->y = y;
	op->w = width;
	op->h = height;
	op->weight = weight;
	op->grey = grey;
}

/* ---- at the cursor ---- */

static int
column_width(const yb_pdf *p)
{
	return YB_PDF_WIDTH - p->paper.left - p->paper.right;
}

static int
room(const yb_pdf *p)
{
	return YB_PDF_HEIGHT - p->paper.bottom - p->y;
}

void
yb_pdf_page(yb_pdf *p)
{
	p->page++;
	p->pages = p->page + 1;
	p->y = p->paper.top;
}

void
yb_pdf_keep(yb_pdf *p, int height)
{
	if (room(p) < height && p->y > p->paper.top)
		yb_pdf_page(p);
}

void
yb_pdf_space(yb_pdf *p, int height)
{
	p->y += height;
}

int
yb_pdf_at(const yb_pdf *p)
{
	return p->y;
}

void
yb_pdf_text(yb_pdf *p, const yb_pdf_type *type, yb_str text)
{
	yb_pdf_type t = complete(type);
	PangoLayout *l = layout_new(p, &t, column_width(p), text);
	int lines = pango_layout_get_line_count(l), step = tenths(leading(&t));

	for (int done = 0; done < lines;) {
		int fit = room(p) / step;

		if (fit < 1) {
			yb_pdf_page(p);
			fit = room(p) / step;
		}
		assert(fit > 0); /* margins that leave no room for a line are a fault of ours */
		if (fit > lines - done)
			fit = lines - done;
		p->y += lines_put(p, g_object_ref(l), done, fit, &t, p->paper.left, p->y,
		    column_width(p));
		done += fit;
	}
	g_object_unref(l);
}

/* ---- tables ---- */

#define COLUMNS_MAX 16

struct row {
	PangoLayout *cells[COLUMNS_MAX];
	yb_pdf_type types[COLUMNS_MAX];
	int heights[COLUMNS_MAX], height;
};

static void
row_measure(yb_pdf *p, const yb_pdf_column *columns, size_t n, const yb_pdf_type *type, bool head,
    const yb_str *cells, struct row *ret)
{
	ret->height = 0;
	for (size_t i = 0; i < n; i++) {
		yb_pdf_type *t = &ret->types[i];

		*t = complete(columns[i].type == NULL || head ? type : columns[i].type);
		t->align = head ? YB_PDF_CENTRE : columns[i].align;
		t->bold = t->bold || head;
		ret->cells[i] = layout_new(p, t, columns[i].width - 2 * CELL_ACROSS, cells[i]);
		ret->heights[i] = tenths(pango_layout_get_line_count(ret->cells[i]) * leading(t));
		if (ret->heights[i] + 2 * CELL_DOWN > ret->height)
			ret->height = ret->heights[i] + 2 * CELL_DOWN;
	}
}

static void
row_draw(yb_pdf *p, const yb_pdf_column *columns, size_t n, const struct row *row, bool head)
{
	int x = p->paper.left;

	for (size_t i = 0; i < n; i++) {
		int y = p->y + (row->height - row->heights[i]) / 2;

		yb_pdf_box(p, x, p->y, columns[i].width, row->height, RULE_WEIGHT,
		    head || columns[i].label ? LABEL_GROUND : 100);
		(void)lines_put(p, row->cells[i], 0, pango_layout_get_line_count(row->cells[i]),
		    &row->types[i], x + CELL_ACROSS, y, columns[i].width - 2 * CELL_ACROSS);
		x += columns[i].width;
	}
	p->y += row->height;
}

static void
head_draw(yb_pdf *p, const yb_pdf_column *columns, size_t n, const yb_pdf_type *type)
{
	yb_str heads[COLUMNS_MAX];
	bool any = false;
	struct row row;

	for (size_t i = 0; i < n; i++) {
		heads[i] = columns[i].head;
		any = any || heads[i].p != NULL;
	}
	if (!any)
		return;
	row_measure(p, columns, n, type, true, heads, &row);
	row_draw(p, columns, n, &row, true);
}

void
yb_pdf_table(yb_pdf *p, const yb_pdf_column *columns, size_t n, const yb_pdf_type *type,
    const yb_str *cells, size_t rows)
{
	assert(n > 0 && n <= COLUMNS_MAX);
	for (size_t i = 0; i < rows; i++) {
		struct row row;

		row_measure(p, columns, n, type, false, cells + i * n, &row);
		/* The head does not stay behind alone. */
		if (room(p) < row.height + (i == 0 ? row.height : 0) && p->y > p->paper.top) {
			yb_pdf_page(p);
			head_draw(p, columns, n, type);
		} else if (i == 0) {
			head_draw(p, columns, n, type);
		}
		row_draw(p, columns, n, &row, false);
	}
}

/* ---- drawing ---- */

static void
ink(cairo_t *cr, int grey)
{
	double g = grey / 100.0;

	cairo_set_source_rgb(cr, g, g, g);
}

static void
lines_draw(cairo_t *cr, const struct op *op)
{
	const char *tag = op->type.heading ? "H1" : "P";
	double step = leading(&op->type), em = op->type.size / 10.0;

	cairo_tag_begin(cr, tag, NULL);
	ink(cr, op->type.grey);
	for (int i = 0; i < op->n; i++) {
		PangoLayoutLine *line = pango_layout_get_line_readonly(op->layout, op->first + i);
		PangoRectangle box;
		double free_width, x = points(op->x);

		pango_layout_line_get_extents(line, NULL, &box);
		if (!line->is_paragraph_start)
			x += op->type.hang / 10.0;
		free_width = points(op->w) - (double)box.width / PANGO_SCALE;
		if (op->type.align == YB_PDF_CENTRE)
			x += free_width / 2;
		else if (op->type.align == YB_PDF_RIGHT)
			x += free_width;
		/* The body of a CJK letter, 0.88 above and 0.12 below, amid its line. */
		cairo_move_to(cr, x, points(op->y) + i * step + (step - em) / 2 + 0.88 * em);
		pango_cairo_show_layout_line(cr, line);
	}
	cairo_tag_end(cr, tag);
}

static void
op_draw(cairo_t *cr, const struct op *op)
{
	switch (op->kind) {
	case OP_LINES:
		lines_draw(cr, op);
		return;
	case OP_RULE:
		cairo_move_to(cr, points(op->x), points(op->y));
		cairo_line_to(cr, points(op->w), points(op->h));
		break;
	case OP_BOX:
		cairo_rectangle(cr, points(op->x), points(op->y), points(op->w), points(op->h));
		if (op->grey < 100) {
			ink(cr, op->grey);
			cairo_fill_preserve(cr);
		}
		break;
	}
	ink(cr, 0);
	cairo_set_line_width(cr, op->weight / 10.0);
	if (op->weight > 0)
		cairo_stroke(cr);
	cairo_new_path(cr);
}

static void
foot_draw(yb_pdf *p, unsigned page)
{
	const yb_pdf_type left = { .size = FOOT_SIZE, .leading = 160, .grey = 35 };
	yb_pdf_type right = left;
	int y = YB_PDF_HEIGHT - p->paper.bottom / 2 - 20;

	right.align = YB_PDF_RIGHT;
	p->page = page;
	if (p->paper.foot.p != NULL)
		(void)yb_pdf_place(p, &left, p->paper.left, y, column_width(p), p->paper.foot);
	if (p->paper.numbered)
		(void)yb_pdf_place(p, &right, p->paper.left, y, column_width(p),
		    yb_format_text(p->r, "%u / %u", page + 1, p->pages));
}

/* ---- the end ---- */

size_t
yb_pdf_missing(const yb_pdf *p)
{
	return p->missing;
}

/* One document at a time has fonts in memory. */
static cairo_status_t
print(yb_pdf *p)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

	(void)pthread_mutex_lock(&one);
	for (unsigned page = 0; page < p->pages; page++) {
		for (size_t i = 0; i < p->n_ops; i++)
			if (p->ops[i].page == page)
				op_draw(p->cr, &p->ops[i]);
		cairo_show_page(p->cr);
	}
	cairo_surface_finish(p->surface);
	(void)pthread_mutex_unlock(&one);
	return cairo_surface_status(p->surface);
}

int
yb_pdf_end(yb_pdf *p, yb_bytes *ret)
{
	cairo_status_t status;
	yb_str copy;

	for (unsigned page = 0; page < p->pages; page++)
		foot_draw(p, page);
	status = print(p);
	if (status != CAIRO_STATUS_SUCCESS || cairo_status(p->cr) != CAIRO_STATUS_SUCCESS ||
	    ybh_pdf_amend(&p->out) < 0) {
		ybh_log(YBH_ERR, "%s: the PDF cannot be made: %s", p->r->trace,
		    cairo_status_to_string(status));
		return yb_problem(p->r, "E-SYS-003");
	}
	copy = yb_copy(p->r, ybh_buf_view(&p->out));
	*ret = (yb_bytes) { (const unsigned char *)copy.p, copy.len };
	return 0;
}
