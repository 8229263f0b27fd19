-- record/0010_reach.sql - what statements need to read no more than they answer.
--
-- The newest number of each chain, from the list of the chains: grouped, the log was read whole.
CREATE OR REPLACE VIEW record_access_head AS
	SELECT c.chain_id, (SELECT e.seq FROM audit_event e WHERE e.chain_id = c.chain_id
		ORDER BY e.seq DESC LIMIT 1) AS seq
	FROM audit_chain c;

-- What a change of the masters touches (H-8-2 step 4), row by row: a view that groups takes no
-- condition whose value is bound to a prepared statement. record_lot_count_view and
-- record_due_count_view stay for workers of the version before, which run until the reload.
CREATE ALGORITHM = MERGE VIEW record_lot_view AS
	SELECT o.org_id, v.lot_no, v.vaccine_code, v.subject_id
	FROM core_org o JOIN record_vaccination v ON v.muni_org_id = o.org_id
	WHERE o.org_type = 'MUNI' AND v.live = 1 AND v.exec_class = '1';

CREATE ALGORITHM = MERGE VIEW record_due_view AS
	SELECT o.org_id, d.vaccine_code, d.subject_id
	FROM core_org o JOIN record_due d ON d.org_id = o.org_id
	WHERE o.org_type = 'MUNI';

-- The list of a municipality in its order, whatever the vaccine.
ALTER TABLE record_due ADD KEY place (org_id, due_id);

-- Alerts that may end (timer link-alerts).
ALTER TABLE record_alert ADD KEY kind_state (kind, state, org_id);

-- What is still to be answered, for the numbers in the menu.
ALTER TABLE record_request ADD KEY to_open (to_org_id, open);
ALTER TABLE record_enquiry ADD KEY org_open (org_id, open);
