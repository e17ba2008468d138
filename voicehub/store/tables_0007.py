"""The tables of migration 0007: listings, licences, the metered use of voices, and the ledger.

The migration has been released: a change is a new migration, never an edit here. Amounts are whole
hundredths of a credit, never fractions.
"""

NOW_SQL = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"  # as the store writes times

LISTING_COLUMNS = (
    "name", "name_key", "description", "language", "gender", "age", "accent", "tags", "cases",
    "tier", "terms", "pricing", "price", "notice_days",
)  # fmt: skip

_LISTINGS = (
    """
    CREATE TABLE listings (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        voice_id TEXT NOT NULL REFERENCES voices (id),
        user_id TEXT NOT NULL REFERENCES users (id),
        state TEXT NOT NULL DEFAULT 'draft'
            CHECK (state IN ('draft', 'review', 'published', 'refused', 'withdrawn')),
        name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
        name_key TEXT NOT NULL,
        description TEXT NOT NULL CHECK (length(description) <= 600),
        language TEXT NOT NULL,
        gender TEXT NOT NULL,
        age TEXT NOT NULL,
        accent TEXT NOT NULL,
        tags TEXT NOT NULL CHECK (json_valid(tags)),
        cases TEXT NOT NULL CHECK (json_valid(cases)),
        tier TEXT NOT NULL CHECK (tier IN ('personal', 'commercial', 'custom')),
        terms TEXT NOT NULL CHECK (json_valid(terms)),
        pricing TEXT NOT NULL CHECK (pricing IN ('free', 'characters', 'licence')),
        price INTEGER NOT NULL CHECK (price BETWEEN 0 AND 100000000),
        notice_days INTEGER NOT NULL CHECK (notice_days BETWEEN 0 AND 365),
        created TEXT NOT NULL,
        published TEXT,
        reason TEXT CHECK (length(reason) <= 400),
        ends TEXT,
        words TEXT NOT NULL,
        facets TEXT NOT NULL,
        spoken INTEGER NOT NULL DEFAULT 0 CHECK (spoken >= 0),
        ratings INTEGER NOT NULL DEFAULT 0 CHECK (ratings >= 0),
        stars REAL NOT NULL DEFAULT 0 CHECK (stars BETWEEN 0 AND 5),
        CHECK ((pricing = 'free') = (price = 0)),
        CHECK (state <> 'published' OR published IS NOT NULL),
        CHECK ((state = 'withdrawn') = (ends IS NOT NULL))
    ) STRICT
    """,
    "CREATE UNIQUE INDEX listings_of_voice ON listings (voice_id) WHERE state <> 'withdrawn'",
    "CREATE UNIQUE INDEX listings_by_name ON listings (name_key)"
    " WHERE state IN ('review', 'published')",
    "CREATE INDEX listings_by_user ON listings (user_id, created)",
    "CREATE INDEX listings_waiting ON listings (created) WHERE state = 'review'",
    *(
        f"CREATE INDEX listings_by_{column} ON listings ({column}, number)"
        " WHERE state = 'published'"
        for column in ("published", "spoken", "stars", "price")
    ),
    # Without content of its own: the words stand in `listings`, and its triggers keep both the same.
    "CREATE VIRTUAL TABLE listing_words USING fts5"
    " (words, facets, content='', tokenize='porter unicode61 remove_diacritics 2')",
    """
    CREATE TABLE listing_clips (
        listing_id TEXT NOT NULL REFERENCES listings (id),
        number INTEGER NOT NULL CHECK (number >= 0),
        text TEXT NOT NULL,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        seconds REAL NOT NULL CHECK (seconds > 0),
        PRIMARY KEY (listing_id, number)
    ) STRICT
    """,
    # What the voice sounds like, 256 numbers as float32: it goes with the listing.
    """
    CREATE TABLE listing_sounds (
        number INTEGER PRIMARY KEY REFERENCES listings (number),
        added INTEGER NOT NULL UNIQUE,
        embedding BLOB NOT NULL CHECK (length(embedding) = 1024)
    ) STRICT
    """,
    # Who listened is a hash that no other day has.
    """
    CREATE TABLE listing_plays (
        listing_id TEXT NOT NULL REFERENCES listings (id),
        day TEXT NOT NULL,
        listener TEXT NOT NULL,
        plays INTEGER NOT NULL DEFAULT 1 CHECK (plays >= 1),
        PRIMARY KEY (listing_id, day, listener)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE favourites (
        user_id TEXT NOT NULL REFERENCES users (id),
        listing_id TEXT NOT NULL REFERENCES listings (id),
        at TEXT NOT NULL,
        PRIMARY KEY (user_id, listing_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE collections (
        id TEXT PRIMARY KEY NOT NULL,
        user_id TEXT NOT NULL REFERENCES users (id),
        name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
        created TEXT NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX collections_by_name ON collections (user_id, name COLLATE NOCASE)",
    """
    CREATE TABLE collection_items (
        collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        listing_id TEXT NOT NULL REFERENCES listings (id),
        at TEXT NOT NULL,
        PRIMARY KEY (collection_id, listing_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE ratings (
        listing_id TEXT NOT NULL REFERENCES listings (id),
        user_id TEXT NOT NULL REFERENCES users (id),
        stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
        at TEXT NOT NULL,
        PRIMARY KEY (listing_id, user_id)
    ) STRICT, WITHOUT ROWID
    """,
)

_USE = (
    """
    CREATE TABLE licences (
        id TEXT PRIMARY KEY NOT NULL,
        listing_id TEXT NOT NULL REFERENCES listings (id),
        user_id TEXT NOT NULL REFERENCES users (id),
        tier TEXT NOT NULL,
        terms TEXT NOT NULL CHECK (json_valid(terms)),
        pricing TEXT NOT NULL,
        price INTEGER NOT NULL CHECK (price >= 0),
        text TEXT NOT NULL,
        text_version TEXT NOT NULL,
        text_sha256 TEXT NOT NULL CHECK (length(text_sha256) = 64),
        accepted TEXT NOT NULL,
        expires TEXT,
        ended TEXT,
        spoken INTEGER NOT NULL DEFAULT 0 CHECK (spoken >= 0)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX licences_once ON licences (user_id, listing_id) WHERE ended IS NULL",
    "CREATE INDEX licences_by_listing ON licences (listing_id, accepted)",
    """
    CREATE TABLE uses (
        id TEXT PRIMARY KEY NOT NULL,
        licence_id TEXT NOT NULL REFERENCES licences (id),
        listing_id TEXT NOT NULL REFERENCES listings (id),
        user_id TEXT NOT NULL REFERENCES users (id),
        kind TEXT NOT NULL CHECK (kind IN ('speak', 'convert')),
        created TEXT NOT NULL,
        parts INTEGER NOT NULL CHECK (parts >= 0),
        characters INTEGER NOT NULL CHECK (characters >= 0),
        amount INTEGER NOT NULL CHECK (amount >= 0),
        refunded TEXT
    ) STRICT
    """,
    "CREATE INDEX uses_by_listing ON uses (listing_id, created)",
    "CREATE INDEX uses_by_user ON uses (user_id, created)",
)

# A transaction is there only with its seal, and a seal only where its entries come to nothing: the
# reference to the seal is looked at when all is committed.
_LEDGER = (
    """
    CREATE TABLE ledger_accounts (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('issued', 'credits', 'earnings', 'platform')),
        user_id TEXT REFERENCES users (id),
        balance INTEGER NOT NULL DEFAULT 0,
        CHECK (balance >= 0 OR kind = 'issued'),
        CHECK ((user_id IS NULL) = (kind IN ('issued', 'platform')))
    ) STRICT
    """,
    "CREATE UNIQUE INDEX ledger_accounts_once ON ledger_accounts (kind, coalesce(user_id, ''))",
    """
    CREATE TABLE ledger_transactions (
        id TEXT PRIMARY KEY NOT NULL
            REFERENCES ledger_seals (transaction_id) DEFERRABLE INITIALLY DEFERRED,
        key TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 200),
        kind TEXT NOT NULL CHECK (kind IN ('top-up', 'licence', 'use', 'refund')),
        reference TEXT NOT NULL,
        provider TEXT,
        at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX ledger_transactions_of ON ledger_transactions (reference)",
    """
    CREATE TABLE ledger_entries (
        id INTEGER PRIMARY KEY,
        transaction_id TEXT NOT NULL REFERENCES ledger_transactions (id),
        account_id INTEGER NOT NULL REFERENCES ledger_accounts (id),
        amount INTEGER NOT NULL CHECK (amount <> 0)
    ) STRICT
    """,
    "CREATE INDEX ledger_entries_of ON ledger_entries (transaction_id)",
    "CREATE INDEX ledger_entries_by_account ON ledger_entries (account_id, id)",
    """
    CREATE TABLE ledger_seals (
        transaction_id TEXT PRIMARY KEY NOT NULL REFERENCES ledger_transactions (id)
            DEFERRABLE INITIALLY DEFERRED
    ) STRICT
    """,
    "INSERT INTO ledger_accounts (kind) VALUES ('issued'), ('platform')",
)

_UP = "NOT EXISTS (SELECT 1 FROM takedowns WHERE voice_id = {} AND lifted IS NULL)"

_VIEWS = (
    # The voices that may be lent to others: an account's own, under a spoken consent that holds and
    # allows sale and hire, and not taken down. Whoever is not their owner speaks by these alone.
    f"""
    CREATE VIEW lendable_voices AS
    SELECT voices.id, voices.owner_id, consents.for_speech, consents.for_conversion
    FROM voices CROSS JOIN holding_consents AS consents ON consents.id = voices.consent_id
    WHERE voices.status = 'ready' AND voices.expires IS NULL AND consents.kind = 'spoken'
        AND consents.for_sale = 1 AND {_UP.format("voices.id")}
    """,
    # In this order: millions are walked in the order of an index, and few of them looked up further.
    """
    CREATE VIEW open_listings AS
    SELECT listings.* FROM listings CROSS JOIN lendable_voices AS voices
        ON voices.id = listings.voice_id AND voices.owner_id = listings.user_id
    WHERE listings.state = 'published'
    """,
    # Who may speak with which voice now, and how: its owner, and who holds a licence that is valid.
    # A withdrawn listing serves its licences until its notice has run out.
    f"""
    CREATE VIEW voice_rights AS
    SELECT id AS voice_id, owner_id AS user_id, NULL AS licence_id, for_speech, for_conversion
    FROM speaking_voices WHERE {_UP.format("speaking_voices.id")}
    UNION ALL
    SELECT voices.id, licences.user_id, licences.id, voices.for_speech, voices.for_conversion
    FROM licences JOIN listings ON listings.id = licences.listing_id
    JOIN lendable_voices AS voices
        ON voices.id = listings.voice_id AND voices.owner_id = listings.user_id
    WHERE licences.ended IS NULL AND (licences.expires IS NULL OR licences.expires > {NOW_SQL})
        AND (listings.state = 'published'
            OR (listings.state = 'withdrawn' AND listings.ends > {NOW_SQL}))
    """,
)

NEW_TABLES = (*_LISTINGS, *_USE, *_LEDGER, *_VIEWS)
