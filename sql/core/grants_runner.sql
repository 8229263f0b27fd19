-- core/grants_runner.sql - what a pool with runners may do besides: timers, sending of mails, jobs,
-- and removing what has run out. Of people only what says whether a job's owner still may.
GRANT SELECT, INSERT, UPDATE ON core_timer TO {pool};
GRANT SELECT, UPDATE, DELETE ON core_mail TO {pool};
GRANT DELETE ON core_revocation TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON core_job TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON core_job_piece TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON core_job_fault TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON core_job_progress TO {pool};
GRANT SELECT (actor_id, user_id, org_id, role, status, restricted_view) ON account_user TO {pool};
