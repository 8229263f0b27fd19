-- record/grants.sql - what the pool that runs the area record may do.
--
-- No DELETE but for what has run out: searches, and all of a person years after death (P-03);
-- a vaccination never changes but in what says whether it counts; a 個人番号 goes in and does not
-- come out here.
GRANT SELECT, INSERT ON record_subject TO {pool};
GRANT UPDATE (name, name_kana, name_key, kana_key, birth_date, sex, address, resident_state,
	elim_date, elim_reason, not_disclosed, self_info_blocked, due_date, death_date, row_ver,
	updated_us) ON record_subject TO {pool};
GRANT SELECT (subject_id, org_id, match_key), INSERT, UPDATE ON record_vault TO {pool};
GRANT SELECT, INSERT, UPDATE (live, dose_live, status) ON record_vaccination TO {pool};
GRANT SELECT, INSERT, UPDATE (last_seq) ON record_muni_seq TO {pool};
GRANT SELECT, INSERT, UPDATE (state, sent_us, acked_us, error, resolution, comment, resolved_us,
	resolved_by) ON record_outbox TO {pool};
GRANT SELECT, INSERT, DELETE ON record_search TO {pool};
GRANT SELECT, INSERT, UPDATE (n, until_us, state, comment, checked_us, checked_by) ON record_alert TO {pool};
GRANT SELECT ON record_access_view TO {pool};
GRANT SELECT, INSERT, UPDATE (state, open, answer, answered_us, answered_by, row_ver) ON record_request
	TO {pool};
GRANT UPDATE (pair_due, linked) ON record_subject TO {pool};
GRANT SELECT, INSERT, UPDATE ON record_pair TO {pool};
GRANT SELECT ON record_access_head TO {pool};
GRANT SELECT, INSERT, UPDATE ON record_access_cursor TO {pool};
GRANT SELECT, INSERT, UPDATE (state, sealed, decided_us, decided_by, comment) ON record_bulk TO {pool};
GRANT SELECT, INSERT, UPDATE (state, proposed_us, proposed_by), DELETE ON record_retention TO {pool};
GRANT SELECT, INSERT, DELETE ON record_due TO {pool};
-- The end of retention (P-03, modules/record/retention.c), five years after death.
GRANT DELETE ON record_subject TO {pool};
GRANT DELETE ON record_vault TO {pool};
GRANT DELETE ON record_vaccination TO {pool};
GRANT DELETE ON record_outbox TO {pool};
GRANT DELETE ON record_pair TO {pool};
GRANT DELETE ON record_request TO {pool};
-- The person's own view (modules/record/citizen.h). What belongs to a person goes with it.
GRANT SELECT, INSERT, UPDATE ON record_citizen_link TO {pool};
GRANT SELECT, INSERT, DELETE ON record_citizen_use TO {pool};
GRANT SELECT, INSERT, UPDATE ON record_proxy TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON record_evacuation TO {pool};
GRANT SELECT, INSERT, UPDATE (state, open, answer, answered_us, answered_by, row_ver) ON record_enquiry
	TO {pool};
GRANT SELECT, INSERT, DELETE ON record_citizen TO {pool};
GRANT SELECT, INSERT ON record_citizen_person TO {pool};
-- Municipalities are merged (modules/record/move.c).
GRANT UPDATE (org_id, muni_code, muni_key) ON record_subject TO {pool};
GRANT UPDATE (org_id) ON record_retention TO {pool};
GRANT UPDATE (org_id) ON record_due TO {pool};
GRANT UPDATE (from_org_id) ON record_request TO {pool};
GRANT UPDATE (org_id) ON record_enquiry TO {pool};
-- The file route of the link (modules/record/linkfile.c).
GRANT SELECT, INSERT, UPDATE (done_us) ON record_link_file TO {pool};
-- Simulations that the area master asks for: counts alone go back (H-8-3).
GRANT SELECT, UPDATE (status, n_persons, n_done, upto, done_us) ON master_simulation TO {pool};
GRANT SELECT, INSERT, UPDATE ON master_simulation_count TO {pool};
-- Stopped lots the municipality has dealt with (modules/record/recall_done.c).
GRANT SELECT, INSERT, UPDATE (undone_us, undone_by, undone_reason) ON record_recall_done TO {pool};
GRANT SELECT, INSERT, DELETE ON record_recall_seen TO {pool};
