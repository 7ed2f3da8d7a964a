-- How long an exhibit is kept: since when it lies here whole, until when if somebody said, and who asked that it be destroyed. And which exhibits
-- have the same content.

ALTER TABLE exhibits ADD COLUMN since INTEGER;
ALTER TABLE exhibits ADD COLUMN keep_until INTEGER;
ALTER TABLE exhibits ADD COLUMN destruction_asked_by TEXT;
CREATE INDEX exhibits_by_digest ON exhibits (digest, seq);
