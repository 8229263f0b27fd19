-- record/grants.sql - what the pool that runs the area record may do.
--
-- No DELETE but for searches that ran out; a vaccination never changes but in what says
-- whether it counts; a 個人番号 goes in and does not come out here.
GRANT SELECT, INSERT ON record_subject TO {pool};
GRANT UPDATE (name, name_kana, name_key, kana_key, birth_date, sex, address, resident_state,
	elim_date, elim_reason, not_disclosed, self_info_blocked, due_date, death_date, row_ver,
	updated_us) ON record_subject TO {pool};
GRANT SELECT (subject_id, org_id, match_key), INSERT, UPDATE ON record_vault TO {pool};
GRANT SELECT, INSERT, UPDATE (live, dose_live, status) ON record_vaccination TO {pool};
GRANT SELECT, INSERT, UPDATE (last_seq) ON record_muni_seq TO {pool};
GRANT SELECT, INSERT, UPDATE (state, acked_us, error) ON record_outbox TO {pool};
GRANT SELECT, INSERT, DELETE ON record_search TO {pool};
