"""The triggers of migration 0007: what may be offered and used, and money that cannot go wrong.

The migration has been released: a change is a new migration, never an edit here. A message begins
with the word that the database turns into an error of the same name.
"""

from voicehub.store.tables_0007 import LISTING_COLUMNS, NOW_SQL

# Those of 0003 that knew the owner alone.
REPLACED = ("jobs_need_voice", "speeches_need_consent")

_ALLOWED = (
    "(({kind} IN ('speak', 'clips') AND for_speech = 1)"
    " OR ({kind} = 'convert' AND for_conversion = 1)"
    " OR {kind} NOT IN ('speak', 'clips', 'convert'))"
)
# A voice that was taken down is refused by triggers of 0005, which say so.
_UP = "NOT EXISTS (SELECT 1 FROM takedowns WHERE voice_id = NEW.voice_id AND lifted IS NULL)"
_RIGHTS = (
    f"""
    CREATE TRIGGER jobs_need_voice BEFORE INSERT ON jobs
    WHEN (NEW.kind IN ('speak', 'convert', 'evaluate', 'clips') OR NEW.voice_id IS NOT NULL)
        AND {_UP} AND NOT EXISTS (
            SELECT 1 FROM voice_rights WHERE voice_id = NEW.voice_id AND user_id = NEW.user_id
                AND (licence_id IS NULL OR NEW.kind IN ('speak', 'convert'))
                AND {_ALLOWED.format(kind="NEW.kind")}
        )
    BEGIN SELECT RAISE(ABORT,
        'consent: this needs one''s own voice or a licence of it, and a consent that allows it'
    ); END
    """,
    f"""
    CREATE TRIGGER speeches_need_consent BEFORE INSERT ON speeches
    WHEN {_UP} AND NOT EXISTS (
        SELECT 1 FROM voice_rights WHERE voice_id = NEW.voice_id AND user_id = NEW.user_id
            AND {_ALLOWED.format(kind="NEW.kind")}
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: speech needs one''s own voice or a licence of it, and a consent that allows it'
    ); END
    """,
)

_CHANGED = " OR ".join(
    f"NEW.{name} IS NOT OLD.{name}" for name in (*LISTING_COLUMNS, "words", "facets")
)
_LISTINGS = (
    """
    CREATE TRIGGER listings_begin BEFORE INSERT ON listings
    WHEN NEW.state <> 'draft' OR NOT EXISTS (
        SELECT 1 FROM voice_rights WHERE voice_id = NEW.voice_id AND user_id = NEW.user_id
            AND licence_id IS NULL
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: a listing begins as a draft of one''s own voice whose consent holds'); END
    """,
    """
    CREATE TRIGGER listings_spoken_1 BEFORE INSERT ON listings
    WHEN (SELECT consents.kind FROM voices JOIN consents ON consents.id = voices.consent_id
        WHERE voices.id = NEW.voice_id) <> 'spoken'
    BEGIN SELECT RAISE(ABORT,
        'consent: a voice made under the licence of a corpus is never sold'); END
    """,
    """
    CREATE TRIGGER listings_for_sale_1 BEFORE INSERT ON listings
    WHEN (SELECT for_sale FROM speaking_voices WHERE id = NEW.voice_id AND kind = 'spoken') = 0
    BEGIN SELECT RAISE(ABORT,
        'consent: a voice is offered to others only where its consent allows sale and hire'); END
    """,
    """
    CREATE TRIGGER listings_move BEFORE UPDATE ON listings
    WHEN NEW.state IS NOT OLD.state AND NOT (
        (OLD.state = 'draft' AND NEW.state IN ('review', 'withdrawn'))
        OR (OLD.state = 'review' AND NEW.state IN ('draft', 'published', 'refused', 'withdrawn'))
        OR (OLD.state = 'refused' AND NEW.state IN ('draft', 'withdrawn'))
        OR (OLD.state = 'published' AND NEW.state = 'withdrawn')
    )
    BEGIN SELECT RAISE(ABORT,
        'a listing goes draft, review, then published or refused; a withdrawn one stays so'); END
    """,
    f"""
    CREATE TRIGGER listings_keep BEFORE UPDATE ON listings
    WHEN NEW.id IS NOT OLD.id OR NEW.number IS NOT OLD.number OR NEW.user_id IS NOT OLD.user_id
        OR NEW.voice_id IS NOT OLD.voice_id OR NEW.created IS NOT OLD.created
        OR (OLD.ends IS NOT NULL AND (NEW.ends IS NULL OR NEW.ends > OLD.ends))
        OR (({_CHANGED}) AND OLD.state IN ('review', 'published'))
    BEGIN SELECT RAISE(ABORT,
        'what a listing says is not changed while it is reviewed or published'); END
    """,
    """
    CREATE TRIGGER listings_need_clips BEFORE UPDATE ON listings
    WHEN NEW.state = 'review' AND OLD.state = 'draft' AND NOT EXISTS (
        SELECT 1 FROM listing_clips WHERE listing_id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'a listing needs its clips before it is reviewed'); END
    """,
    """
    CREATE TRIGGER listings_need_consent BEFORE UPDATE ON listings
    WHEN NEW.state IN ('review', 'published') AND NEW.state IS NOT OLD.state AND NOT EXISTS (
        SELECT 1 FROM lendable_voices WHERE id = NEW.voice_id AND owner_id = NEW.user_id
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: a listing needs an account''s own voice, and a spoken consent to sale and hire'
    ); END
    """,
    """
    CREATE TRIGGER listings_stay BEFORE DELETE ON listings
    BEGIN SELECT RAISE(ABORT, 'the row of a listing stays'); END
    """,
    # Words are found while the listing is published and not a moment longer.
    """
    CREATE TRIGGER listings_found AFTER UPDATE ON listings
    WHEN NEW.state = 'published' AND OLD.state <> 'published'
    BEGIN
        INSERT INTO listing_words (rowid, words, facets) VALUES (NEW.number, NEW.words, NEW.facets);
    END
    """,
    """
    CREATE TRIGGER listings_gone AFTER UPDATE ON listings
    WHEN OLD.state = 'published' AND NEW.state <> 'published'
    BEGIN
        INSERT INTO listing_words (listing_words, rowid, words, facets)
            VALUES ('delete', OLD.number, OLD.words, OLD.facets);
    END
    """,
    """
    CREATE TRIGGER listings_silent AFTER UPDATE ON listings
    WHEN NEW.state = 'withdrawn' AND OLD.state <> 'withdrawn'
    BEGIN DELETE FROM listing_sounds WHERE number = OLD.number; END
    """,
    # A voice that goes, and a consent that ends, take the listing along in the same transaction.
    f"""
    CREATE TRIGGER voices_take_listings AFTER UPDATE ON voices
    WHEN NEW.status <> 'ready' AND OLD.status = 'ready'
    BEGIN
        UPDATE listings SET ends = {NOW_SQL}
            WHERE voice_id = NEW.id AND state = 'withdrawn' AND ends > {NOW_SQL};
        UPDATE listings SET state = 'withdrawn', ends = {NOW_SQL}
            WHERE voice_id = NEW.id AND state <> 'withdrawn';
    END
    """,
    f"""
    CREATE TRIGGER consents_take_listings AFTER UPDATE ON consents
    WHEN (NEW.revoked IS NOT NULL AND OLD.revoked IS NULL)
        OR (NEW.state = 'refused' AND OLD.state <> 'refused')
    BEGIN
        UPDATE listings SET ends = {NOW_SQL} WHERE state = 'withdrawn' AND ends > {NOW_SQL}
            AND voice_id IN (SELECT id FROM voices WHERE consent_id = NEW.id);
        UPDATE listings SET state = 'withdrawn', ends = {NOW_SQL} WHERE state <> 'withdrawn'
            AND voice_id IN (SELECT id FROM voices WHERE consent_id = NEW.id);
    END
    """,
)

_OPEN = "SELECT 1 FROM open_listings WHERE id = NEW.listing_id"
_USE = (
    f"""
    CREATE TRIGGER licences_need_listing BEFORE INSERT ON licences
    WHEN NOT EXISTS ({_OPEN} AND user_id <> NEW.user_id)
        OR (SELECT kind FROM users WHERE id = NEW.user_id AND deleted IS NULL) NOT IN
            ('local', 'hf', 'operator')
    BEGIN SELECT RAISE(ABORT,
        'consent: a licence needs a published voice of somebody else, and an account'); END
    """,
    """
    CREATE TRIGGER licences_keep BEFORE UPDATE ON licences
    WHEN NEW.id IS NOT OLD.id OR NEW.listing_id IS NOT OLD.listing_id
        OR NEW.user_id IS NOT OLD.user_id OR NEW.tier IS NOT OLD.tier OR NEW.terms IS NOT OLD.terms
        OR NEW.pricing IS NOT OLD.pricing OR NEW.price IS NOT OLD.price OR NEW.text IS NOT OLD.text
        OR NEW.text_version IS NOT OLD.text_version OR NEW.text_sha256 IS NOT OLD.text_sha256
        OR NEW.accepted IS NOT OLD.accepted OR NEW.expires IS NOT OLD.expires
        OR NEW.spoken < OLD.spoken OR (OLD.ended IS NOT NULL AND NEW.ended IS NOT OLD.ended)
    BEGIN SELECT RAISE(ABORT, 'a licence that was accepted is not changed'); END
    """,
    """
    CREATE TRIGGER licences_stay BEFORE DELETE ON licences
    BEGIN SELECT RAISE(ABORT, 'the row of a licence stays'); END
    """,
    f"""
    CREATE TRIGGER uses_need_licence BEFORE INSERT ON uses
    WHEN NOT EXISTS (
        SELECT 1 FROM voice_rights JOIN licences ON licences.id = voice_rights.licence_id
        WHERE licences.id = NEW.licence_id AND voice_rights.user_id = NEW.user_id
            AND licences.listing_id = NEW.listing_id AND {_ALLOWED.format(kind="NEW.kind")}
    )
    BEGIN SELECT RAISE(ABORT, 'consent: the use of a voice needs a licence that is valid'); END
    """,
    """
    CREATE TRIGGER uses_grow BEFORE UPDATE ON uses
    WHEN NEW.id IS NOT OLD.id OR NEW.licence_id IS NOT OLD.licence_id
        OR NEW.listing_id IS NOT OLD.listing_id OR NEW.user_id IS NOT OLD.user_id
        OR NEW.created IS NOT OLD.created OR NEW.parts < OLD.parts
        OR NEW.characters < OLD.characters OR NEW.amount < OLD.amount
        OR (OLD.refunded IS NOT NULL AND (NEW.refunded IS NOT OLD.refunded
            OR NEW.amount IS NOT OLD.amount))
    BEGIN SELECT RAISE(ABORT, 'what was used only grows, and is given back once'); END
    """,
    """
    CREATE TRIGGER uses_stay BEFORE DELETE ON uses
    BEGIN SELECT RAISE(ABORT, 'the row of a use stays'); END
    """,
    """
    CREATE TRIGGER uses_count AFTER UPDATE ON uses WHEN NEW.characters > OLD.characters
    BEGIN
        UPDATE licences SET spoken = spoken + NEW.characters - OLD.characters
            WHERE id = NEW.licence_id;
        UPDATE listings SET spoken = spoken + NEW.characters - OLD.characters
            WHERE id = NEW.listing_id;
    END
    """,
    """
    CREATE TRIGGER ratings_need_use BEFORE INSERT ON ratings
    WHEN NOT EXISTS (
        SELECT 1 FROM uses WHERE listing_id = NEW.listing_id AND user_id = NEW.user_id
            AND characters > 0
    )
    BEGIN SELECT RAISE(ABORT, 'a voice is rated by those who have used it'); END
    """,
    *(
        f"""
        CREATE TRIGGER ratings_count_{number} AFTER {event} ON ratings
        BEGIN
            UPDATE listings SET
                ratings = (SELECT count(*) FROM ratings WHERE listing_id = {row}.listing_id),
                stars = (SELECT coalesce(avg(stars), 0) FROM ratings
                    WHERE listing_id = {row}.listing_id)
            WHERE id = {row}.listing_id;
        END
        """
        for number, (event, row) in enumerate(
            (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")), 1
        )
    ),
)

_LEDGER = (
    """
    CREATE TRIGGER ledger_balance_1 BEFORE INSERT ON ledger_seals
    WHEN coalesce((SELECT sum(amount) FROM ledger_entries
            WHERE transaction_id = NEW.transaction_id), 1) <> 0
    BEGIN SELECT RAISE(ABORT, 'the entries of a transaction come to nothing together'); END
    """,
    """
    CREATE TRIGGER ledger_balance_2 BEFORE INSERT ON ledger_entries
    WHEN EXISTS (SELECT 1 FROM ledger_seals WHERE transaction_id = NEW.transaction_id)
    BEGIN SELECT RAISE(ABORT, 'a transaction that is sealed takes no more entries'); END
    """,
    """
    CREATE TRIGGER ledger_adds AFTER INSERT ON ledger_entries
    BEGIN
        UPDATE ledger_accounts SET balance = balance + NEW.amount WHERE id = NEW.account_id;
    END
    """,
    # By its newest entry alone: `Ledger.problems` adds all of them up.
    """
    CREATE TRIGGER ledger_accounts_keep BEFORE UPDATE ON ledger_accounts
    WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.user_id IS NOT OLD.user_id
        OR NEW.balance - OLD.balance IS NOT (
            SELECT amount FROM ledger_entries WHERE account_id = OLD.id ORDER BY id DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'a balance changes by an entry alone'); END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_only_grow_{number} BEFORE {event} ON {table}
        BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END
        """
        for table in ("ledger_transactions", "ledger_entries", "ledger_seals")
        for number, event in enumerate(("UPDATE", "DELETE"), 1)
    ),
    """
    CREATE TRIGGER ledger_accounts_stay BEFORE DELETE ON ledger_accounts
    BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END
    """,
)

TRIGGERS = (*_RIGHTS, *_LISTINGS, *_USE, *_LEDGER)
