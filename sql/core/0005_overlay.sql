-- core/0005_overlay.sql - what approved masters say over yobo.conf and the route table
-- (vaccination brief 13, H-8-6). Written by the area master, read by every worker each second.

-- Numbers of areas (M43, M55), instead of those of yobo.conf. A value out of the option's range
-- is not used.
CREATE TABLE core_parameter (
	param_key VARCHAR(60)  NOT NULL COMMENT 'area.option',
	value     VARCHAR(100) NOT NULL,
	PRIMARY KEY (param_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a role may not do although the route table lets it (M42). allowed = 1 takes nothing away
-- and gives nothing.
CREATE TABLE core_permission (
	role        VARCHAR(8)  NOT NULL,
	function_id VARCHAR(10) NOT NULL COMMENT 'of the route: H-3-2',
	action      VARCHAR(10) NOT NULL COMMENT 'as the access log calls it; *: any',
	allowed     TINYINT     NOT NULL,
	PRIMARY KEY (role, function_id, action)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
