-- master/0006_product.sql - what other areas read of lots tells products apart too (VR-11): their
-- codes.
CREATE OR REPLACE VIEW master_lot_view AS
SELECT lot_no, vaccine_code, product_code, gtin14, expiry, lot_status = '使用停止' AS stopped, hot13,
       yj
  FROM master_lot;
