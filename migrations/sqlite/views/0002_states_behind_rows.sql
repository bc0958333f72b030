-- States may be written later than rows. Until now all of them were as new as the checkpoint.
--
-- Beside this, the table of each generation's states, "khata_states__<generation>", gains a column: position, at which a state was
-- written. The tables are many or none, so the store adds it when it opens.

ALTER TABLE khata_generations ADD COLUMN states_position INTEGER NOT NULL DEFAULT 0 CHECK (states_position BETWEEN 0 AND position);
ALTER TABLE khata_generations ADD COLUMN states_hash BLOB NOT NULL CHECK (length(states_hash) = 32)
    DEFAULT X'0000000000000000000000000000000000000000000000000000000000000000';

UPDATE khata_generations SET states_position = position, states_hash = hash;
