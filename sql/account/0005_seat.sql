-- account/0005_seat.sql - how many accounts an organisation has: counted before municipalities are
-- merged, and until all have moved (vaccination brief 13 H-8-6).
CREATE VIEW account_seat_view AS SELECT org_id FROM account_user;
