-- core/0010_job_open.sql - uploads from before it was kept whether somebody with the right to see
-- protected persons had made them: nobody without it shall see what stands in them.
UPDATE core_job SET made_open = 1 WHERE kind IN ('record.vaccinations', 'record.link-acks');
