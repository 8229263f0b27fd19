/*
 * import.h - vaccinations of an earlier register, as a file.
 */
#ifndef RECORD_IMPORT_H
#define RECORD_IMPORT_H

#include "record.h"

extern const yb_job_kind record_import_job;

#endif
