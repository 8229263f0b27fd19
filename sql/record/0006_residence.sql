-- record/0006_residence.sql - how many persons a municipality has, and whether two have the same
-- number once they are merged (vaccination brief 13 H-8-6). No person can be told from it.
CREATE VIEW record_residence_view AS
	SELECT org_id, muni_key FROM record_subject;

-- What waits for a system that will not come any more.
CREATE VIEW record_waiting_view AS
	SELECT org_id FROM record_outbox WHERE state IN ('READY', 'SENT', 'NACKED');
