-- account/0010_begun.sql - logins that wait for their code, of one user: they end with the password.
ALTER TABLE account_login_step ADD KEY account_login_step_actor (actor_id);
