-- master/0008_in_place.sql - rows whose length stays as it is.
--
-- A version changes its status, its ends and what it replaces several times on its way. Where one
-- of these makes the row longer, InnoDB writes its page anew, whole, and into the redo log too:
-- 6,000 institutions of one file were 140 MiB of it, for which every statement waits where a disk
-- cannot follow. With room kept for each of them they are written in place: 24 MiB.
ALTER TABLE master_version
	MODIFY status CHAR(12) NOT NULL,
	ROW_FORMAT = REDUNDANT;
