-- master/grants.sql - what the pool that runs the area master may do.
--
-- A version's values, once written, change only while it is a draft (the trigger of 0002 is the
-- rule of the house in the database); nothing that ever counted is deleted. The typed tables
-- follow the versions. Of organisations, M41 opens and closes them and M01 says what they use.
GRANT SELECT, INSERT, UPDATE ON master_book TO {pool};
GRANT SELECT, INSERT, UPDATE (next_no) ON master_key TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON master_change TO {pool};
GRANT SELECT, INSERT ON master_approval TO {pool};
GRANT SELECT, INSERT, DELETE, UPDATE (status, pending, valid_from, valid_to, replaces, replaced_to)
	ON master_version TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON master_import_key TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_lot TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_prefecture TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_municipality TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_bank TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_bank_branch TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_vaccine TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_schedule TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_interval_rule TO {pool};
GRANT INSERT, UPDATE, DELETE ON master_code TO {pool};
GRANT INSERT, UPDATE ON core_org TO {pool};
-- Files of other systems (0003). A receipt goes from state to state and is never deleted.
GRANT SELECT, INSERT, UPDATE ON master_receipt TO {pool};
GRANT SELECT, INSERT, DELETE ON master_quarantine TO {pool};
GRANT SELECT ON account_watcher_view TO {pool};
GRANT SELECT ON account_admin_view TO {pool};
GRANT SELECT, INSERT, UPDATE ON master_contract TO {pool};
GRANT SELECT, INSERT, UPDATE ON master_sending TO {pool};
GRANT SELECT, INSERT, UPDATE (refused) ON master_sending_row TO {pool};
GRANT SELECT, INSERT, UPDATE ON master_merger TO {pool};
GRANT SELECT, INSERT, UPDATE (open, subjects, accounts, clients) ON master_merger_org TO {pool};
GRANT SELECT, INSERT, UPDATE (org_id) ON master_realm TO {pool};
-- What a merger would move (H-8-6).
GRANT SELECT ON record_residence_view TO {pool};
GRANT SELECT ON record_waiting_view TO {pool};
GRANT SELECT ON record_lot_count_view TO {pool};
GRANT SELECT ON record_due_count_view TO {pool};
GRANT SELECT ON record_lot_view TO {pool};
GRANT SELECT ON record_due_view TO {pool};
GRANT SELECT ON account_seat_view TO {pool};
GRANT SELECT ON token_program_view TO {pool};
GRANT SELECT ON token_client_org_view TO {pool};
GRANT SELECT ON token_issued_org_view TO {pool};
-- What the core takes from M42, M43 and M55 (core/0005).
GRANT INSERT, UPDATE, DELETE ON core_permission TO {pool};
GRANT INSERT, UPDATE, DELETE ON core_parameter TO {pool};
-- Simulations (0005): asked for here, counted by the area record.
GRANT SELECT, INSERT, DELETE ON master_simulation TO {pool};
GRANT SELECT, DELETE ON master_simulation_count TO {pool};
