/*
 * search.h - the wire shapes of the municipal inquiry.
 */
#ifndef RECORD_SEARCH_H
#define RECORD_SEARCH_H

#include "record.h"

struct search {
	yb_str purpose, reason;
	yb_str subject_no, muni_key;	      /* (a) */
	yb_str name_kana;		      /* (b) */
	yb_date birth_date;
	yb_str sex;
	yb_str org_code;		      /* (c) */
	yb_date vaccinated_from, vaccinated_to;
	yb_str vaccine_code, lot_no;
};

struct search_out {
	yb_uuid search_id;
	yb_list items;
	bool too_many;
};

extern const yb_field record_search_in[], record_search_out[];

#endif
