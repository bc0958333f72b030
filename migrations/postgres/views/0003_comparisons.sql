-- usable from: 1
-- What a generation differed in from the one before, where its rebuild compared them, as JSON: every process can tell.
ALTER TABLE khata_generations ADD COLUMN comparison text;
