-- core/0006_job_result.sql - what the control file of an export says (yb/job.h). core_job.sha256 is
-- that of the file: the one that came, or the one that goes out.
ALTER TABLE core_job
	ADD facts VARCHAR(2000) NULL COMMENT 'JSON: what the kind says besides' AFTER sha256;
