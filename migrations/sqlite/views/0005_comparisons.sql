-- What a generation differed in from the one before, where its rebuild compared them: whoever is asked can tell.
ALTER TABLE khata_generations ADD COLUMN comparison TEXT CHECK (comparison IS NULL OR json_valid(comparison));
