-- record/0008_impact.sql - how many records and persons a change of a master touches, for the area
-- master (vaccination brief 13, H-8-2 step 4): counts, no person.
--
-- Both begin with the organisations, so that an index whose first column is the municipality
-- serves a question about one lot or one vaccine in the whole country.
CREATE VIEW record_lot_count_view AS
SELECT o.org_id, v.lot_no, v.vaccine_code, COUNT(*) AS records,
       COUNT(DISTINCT v.subject_id) AS persons
  FROM core_org AS o JOIN record_vaccination AS v ON v.muni_org_id = o.org_id
 WHERE o.org_type = 'MUNI' AND v.live = 1 AND v.exec_class = '1'
 GROUP BY o.org_id, v.lot_no, v.vaccine_code;

CREATE VIEW record_due_count_view AS
SELECT o.org_id, d.vaccine_code, COUNT(DISTINCT d.subject_id) AS persons
  FROM core_org AS o JOIN record_due AS d ON d.org_id = o.org_id
 WHERE o.org_type = 'MUNI'
 GROUP BY o.org_id, d.vaccine_code;
