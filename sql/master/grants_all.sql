-- master/grants_all.sql - every pool reads masters; `yoboctl migrate` loads them, the area master
-- keeps them (grants.sql).
GRANT SELECT ON master_source TO {pool};
GRANT SELECT ON master_prefecture TO {pool};
GRANT SELECT ON master_municipality TO {pool};
GRANT SELECT ON master_bank TO {pool};
GRANT SELECT ON master_bank_branch TO {pool};
GRANT SELECT ON master_vaccine TO {pool};
GRANT SELECT ON master_schedule TO {pool};
GRANT SELECT ON master_interval_rule TO {pool};
GRANT SELECT ON master_code TO {pool};
GRANT SELECT ON master_questionnaire_item TO {pool};
GRANT SELECT ON master_mch_item TO {pool};
GRANT SELECT ON master_age_token TO {pool};
GRANT SELECT ON master_identifier_format TO {pool};
GRANT SELECT ON master_check_digit_vector TO {pool};
GRANT SELECT ON master_kana TO {pool};
GRANT SELECT ON master_flow TO {pool};
GRANT SELECT ON master_lot TO {pool};
GRANT SELECT ON master_lot_view TO {pool};
GRANT SELECT ON master_stopped_view TO {pool};
GRANT SELECT ON master_live_view TO {pool};
GRANT SELECT ON master_rev_view TO {pool};
GRANT SELECT ON master_contract_view TO {pool};
GRANT SELECT ON master_realm_view TO {pool};
GRANT SELECT ON master_moving_view TO {pool};
GRANT SELECT ON master_draft_view TO {pool};
