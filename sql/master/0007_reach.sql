-- master/0007_reach.sql - what statements need to read no more than they answer.
--
-- Whose records an organisation answers for: its own, and those of whom was merged into it. The
-- same rows as before, but not a union, into which a condition whose value is bound to a
-- prepared statement does not reach: every organisation of the country was read first.
CREATE OR REPLACE ALGORITHM = MERGE VIEW master_realm_view AS
SELECT o.org_id, IF(p.part = 0, o.org_id, m.muni_org_id) AS muni_org_id
  FROM core_org AS o JOIN (SELECT 0 AS part UNION ALL SELECT 1) AS p
  LEFT JOIN master_realm AS m ON m.org_id = o.org_id AND p.part = 1
 WHERE p.part = 0 OR m.muni_org_id IS NOT NULL;

-- Lots that must not be used, among all there ever were; the products of a vaccine, of each one.
ALTER TABLE master_lot
	ADD KEY lot_status (lot_status, lot_no, vaccine_code),
	ADD KEY product (vaccine_code, product_code, hot13, yj, gtin14);

CREATE ALGORITHM = MERGE VIEW master_stopped_view AS
SELECT lot_no, vaccine_code FROM master_lot FORCE INDEX (lot_status)
 WHERE lot_status = '使用停止';

-- Keys of an owner whatever the master; changes that wait for a municipality's word; rows that
-- the receiver refused.
ALTER TABLE master_key ADD KEY master_key_of (owner_id, master);
ALTER TABLE master_change ADD KEY master_change_muni (need_muni, change_id);
ALTER TABLE master_sending_row ADD KEY master_sending_refused (refused, sending_id);
