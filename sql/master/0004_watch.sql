-- master/0004_watch.sql - OPS is told of a received file that needs a person, once a file, also when
-- it fails again (vaccination brief 13, H-8-7).
ALTER TABLE master_receipt ADD told_us BIGINT NULL COMMENT 'OPS was mailed' AFTER acked_us;
