"""The triggers of migration 0003: a consent holds when it was checked, and for what it was given.

The migration has been released: a change is a new migration, never an edit here. A message begins
with the word that the database turns into an error of the same name.
"""

_NOW = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"  # as the store writes times

REPLACED = (
    "voices_need_consent", "checkpoints_need_consent", "speeches_need_consent",
    "jobs_need_consent", "jobs_need_voice", "generations_need_consent",
    "evaluations_need_consent", "consents_only_revoked",
)  # fmt: skip

# What the operator recorded on the machine itself holds without a check of the words: who can write
# to the disk answers for it. Everybody else's was verified, or accepted by a person.
VIEWS = (
    f"""
    CREATE VIEW holding_consents AS
    SELECT * FROM consents WHERE revoked IS NULL AND (until IS NULL OR until > {_NOW})
        AND (state IN ('licensed', 'verified', 'accepted')
            OR (state = 'recorded' AND user_id = 'operator'))
    """,
    """
    CREATE VIEW speaking_voices AS
    SELECT voices.id, voices.owner_id, voices.consent_id, holding_consents.kind,
        holding_consents.for_speech, holding_consents.for_conversion, holding_consents.for_sale
    FROM voices JOIN holding_consents ON holding_consents.id = voices.consent_id
    WHERE voices.status = 'ready'
    """,
    """
    CREATE VIEW unchecked_recordings AS
    SELECT recordings.voice_id, recordings.sha256
    FROM recordings JOIN voices ON voices.id = recordings.voice_id
    JOIN consents ON consents.id = voices.consent_id
    WHERE consents.kind = 'spoken' AND NOT EXISTS (
        SELECT 1 FROM recording_checks
        WHERE recording_checks.consent_id = voices.consent_id
            AND recording_checks.sha256 = recordings.sha256
            AND recording_checks.state IN ('matched', 'accepted')
    )
    """,
)

_ALLOWED = (
    "(({kind} = 'speak' AND for_speech = 1) OR ({kind} = 'convert' AND for_conversion = 1)"
    " OR {kind} NOT IN ('speak', 'convert'))"
)

_CONSENTS = (
    """
    CREATE TRIGGER consents_are_checked BEFORE INSERT ON consents
    WHEN (NEW.state = 'licensed') <> (NEW.kind = 'corpus-licence')
        OR (NEW.state = 'recorded' AND NEW.user_id <> 'operator')
        OR NEW.state NOT IN ('licensed', 'recorded', 'verified', 'waiting')
        OR (NEW.state IN ('verified', 'waiting')
            AND json_extract(NEW.verification, '$.verdict') IS NOT NEW.state)
        OR (NEW.state IN ('verified', 'waiting') AND NEW.user_id <> 'operator'
            AND NEW.challenge_id IS NULL)
        OR NEW.reviewed IS NOT NULL OR NEW.revoked IS NOT NULL
    BEGIN SELECT RAISE(ABORT,
        'consent: a statement needs a check of its words and its voice, in answer to a code'); END
    """,
    """
    CREATE TRIGGER consents_keep_scope BEFORE INSERT ON consents
    WHEN NEW.challenge_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM challenges WHERE id = NEW.challenge_id
            AND for_speech = NEW.for_speech AND for_conversion = NEW.for_conversion
            AND for_sale = NEW.for_sale AND until IS NEW.until
    )
    BEGIN SELECT RAISE(ABORT, 'consent: a consent allows what its statement was made for'); END
    """,
    """
    CREATE TRIGGER challenges_keep BEFORE UPDATE ON challenges
    WHEN NEW.for_speech IS NOT OLD.for_speech OR NEW.for_conversion IS NOT OLD.for_conversion
        OR NEW.for_sale IS NOT OLD.for_sale OR NEW.until IS NOT OLD.until
        OR (NEW.text IS NOT OLD.text AND NEW.text <> '')
        OR (NEW.code IS NOT OLD.code AND NEW.code <> '')
    BEGIN SELECT RAISE(ABORT, 'consent: the words to be read do not change'); END
    """,
    # Revoked once; reviewed once; a guest's moves into the account they make; personal words can go.
    """
    CREATE TRIGGER consents_only_revoked BEFORE UPDATE ON consents
    WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.created IS NOT OLD.created
        OR NEW.statement_sha256 IS NOT OLD.statement_sha256
        OR NEW.text_version IS NOT OLD.text_version OR NEW.language IS NOT OLD.language
        OR NEW.licence IS NOT OLD.licence OR NEW.attribution IS NOT OLD.attribution
        OR NEW.challenge_id IS NOT OLD.challenge_id OR NEW.spoken_at IS NOT OLD.spoken_at
        OR NEW.verification IS NOT OLD.verification
        OR NEW.for_speech IS NOT OLD.for_speech OR NEW.for_conversion IS NOT OLD.for_conversion
        OR NEW.for_sale IS NOT OLD.for_sale OR NEW.until IS NOT OLD.until
        OR (NEW.state IS NOT OLD.state AND NOT (OLD.state = 'waiting' AND OLD.revoked IS NULL
            AND NEW.state IN ('accepted', 'refused') AND NEW.reviewed IS NOT NULL))
        OR (NEW.state IS OLD.state
            AND (NEW.reviewed IS NOT OLD.reviewed OR NEW.review_note IS NOT OLD.review_note))
        OR (OLD.revoked IS NOT NULL AND NEW.revoked IS NOT OLD.revoked)
        OR (NEW.revoked IS NULL AND NEW.user_id IS OLD.user_id AND NEW.state IS OLD.state)
        OR (NEW.user_id IS NOT OLD.user_id
            AND (SELECT kind FROM users WHERE id = OLD.user_id) <> 'guest')
        OR (NEW.name IS NOT OLD.name AND (NEW.name IS NOT NULL OR NEW.revoked IS NULL))
        OR (NEW.scope IS NOT OLD.scope AND (NEW.scope IS NOT NULL OR NEW.revoked IS NULL))
        OR (NEW.statement_path IS NOT OLD.statement_path
            AND (NEW.statement_path IS NOT NULL OR NEW.revoked IS NULL))
    BEGIN SELECT RAISE(ABORT, 'consent: a consent can only be reviewed or revoked, once'); END
    """,
    """
    CREATE TRIGGER consents_forget AFTER UPDATE ON consents
    WHEN OLD.revoked IS NULL AND NEW.revoked IS NOT NULL
    BEGIN DELETE FROM fingerprints WHERE kind = 'statement' AND ref = NEW.id; END
    """,
)

_CHECKS = (
    """
    CREATE TRIGGER recording_checks_begin BEFORE INSERT ON recording_checks
    WHEN NEW.state = 'accepted' OR NEW.reviewed IS NOT NULL OR NEW.refuse > NEW.accept
        OR (NEW.state = 'matched' AND NEW.score < NEW.accept)
        OR (NEW.state = 'waiting' AND NEW.score < NEW.refuse)
    BEGIN SELECT RAISE(ABORT, 'consent: a recording counts by its score, or by a person'); END
    """,
    """
    CREATE TRIGGER recording_checks_keep BEFORE UPDATE ON recording_checks
    WHEN OLD.state <> 'waiting' OR NEW.state NOT IN ('accepted', 'refused')
        OR NEW.reviewed IS NULL OR NEW.id IS NOT OLD.id OR NEW.consent_id IS NOT OLD.consent_id
        OR NEW.sha256 IS NOT OLD.sha256 OR NEW.score IS NOT OLD.score
        OR NEW.accept IS NOT OLD.accept OR NEW.refuse IS NOT OLD.refuse
        OR NEW.checked_by IS NOT OLD.checked_by OR NEW.created IS NOT OLD.created
    BEGIN SELECT RAISE(ABORT, 'consent: a comparison is reviewed once and does not change'); END
    """,
    """
    CREATE TRIGGER recording_checks_stay BEFORE DELETE ON recording_checks
    BEGIN SELECT RAISE(ABORT, 'consent: the row of a comparison stays as proof'); END
    """,
    """
    CREATE TRIGGER recordings_need_check BEFORE INSERT ON recordings
    WHEN NOT EXISTS (
        SELECT 1 FROM voices JOIN consents ON consents.id = voices.consent_id
        WHERE voices.id = NEW.voice_id AND (consents.kind <> 'spoken' OR EXISTS (
            SELECT 1 FROM recording_checks
            WHERE consent_id = voices.consent_id AND sha256 = NEW.sha256
                AND recording_checks.state IN ('matched', 'accepted')
        ))
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: a recording needs to be of the voice that spoke the statement'); END
    """,
    """
    CREATE TRIGGER recordings_keep BEFORE UPDATE ON recordings
    BEGIN SELECT RAISE(ABORT, 'consent: what a voice was made from does not change'); END
    """,
    """
    CREATE TRIGGER recordings_stay BEFORE DELETE ON recordings
    BEGIN SELECT RAISE(ABORT, 'consent: what a voice was made from stays as proof'); END
    """,
)

_VOICES = (
    """
    CREATE TRIGGER voices_need_consent BEFORE INSERT ON voices
    WHEN NOT EXISTS (
        SELECT 1 FROM holding_consents WHERE id = NEW.consent_id AND user_id = NEW.owner_id
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: a voice needs its owner''s consent: checked, not over, and not revoked'); END
    """,
    """
    CREATE TRIGGER checkpoints_need_consent BEFORE INSERT ON checkpoints
    WHEN NOT EXISTS (SELECT 1 FROM speaking_voices WHERE id = NEW.voice_id)
        OR (NEW.parent_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM checkpoints WHERE id = NEW.parent_id AND voice_id = NEW.voice_id
        ))
        OR EXISTS (SELECT 1 FROM unchecked_recordings WHERE voice_id = NEW.voice_id)
        OR NOT EXISTS (SELECT 1 FROM recordings WHERE voice_id = NEW.voice_id)
    BEGIN SELECT RAISE(ABORT,
        'consent: a version needs a voice whose consent holds, and recordings it was checked with'
    ); END
    """,
    """
    CREATE TRIGGER voices_forget AFTER UPDATE ON voices
    WHEN OLD.status = 'ready' AND NEW.status = 'deleted'
    BEGIN
        DELETE FROM voiceprints WHERE voice_id = NEW.id;
        DELETE FROM fingerprints WHERE kind = 'generation'
            AND ref IN (SELECT id FROM generations WHERE voice_id = NEW.id);
    END
    """,
    f"""
    CREATE TRIGGER speeches_need_consent BEFORE INSERT ON speeches
    WHEN NOT EXISTS (
        SELECT 1 FROM speaking_voices WHERE id = NEW.voice_id AND owner_id = NEW.user_id
            AND {_ALLOWED.format(kind="NEW.kind")}
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: speech needs one''s own voice whose consent holds and allows it'); END
    """,
    f"""
    CREATE TRIGGER generations_need_consent BEFORE INSERT ON generations
    WHEN NOT EXISTS (
        SELECT 1 FROM speaking_voices WHERE id = NEW.voice_id AND consent_id = NEW.consent_id
            AND {_ALLOWED.format(kind="NEW.kind")}
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: speech needs a voice whose consent holds and allows it'); END
    """,
    """
    CREATE TRIGGER evaluations_need_consent BEFORE INSERT ON evaluations
    WHEN NOT EXISTS (SELECT 1 FROM speaking_voices WHERE id = NEW.voice_id)
    BEGIN SELECT RAISE(ABORT, 'consent: scores need a voice whose consent holds'); END
    """,
)

_JOBS = (
    """
    CREATE TRIGGER jobs_need_consent BEFORE INSERT ON jobs
    WHEN NEW.kind IN ('clone', 'preview') AND NOT EXISTS (
        SELECT 1 FROM holding_consents WHERE id = NEW.consent_id AND user_id = NEW.user_id
    )
    BEGIN SELECT RAISE(ABORT, 'consent: making a voice needs a consent of one''s own that holds'); END
    """,
    f"""
    CREATE TRIGGER jobs_need_voice BEFORE INSERT ON jobs
    WHEN (NEW.kind IN ('speak', 'convert', 'evaluate') OR NEW.voice_id IS NOT NULL) AND NOT EXISTS (
        SELECT 1 FROM speaking_voices WHERE id = NEW.voice_id AND owner_id = NEW.user_id
            AND {_ALLOWED.format(kind="NEW.kind")}
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: this needs one''s own voice whose consent holds and allows it'); END
    """,
)

_PRINTS = (
    """
    CREATE TRIGGER voiceprints_need_voice BEFORE INSERT ON voiceprints
    WHEN NOT EXISTS (SELECT 1 FROM voices WHERE id = NEW.voice_id AND status = 'ready')
    BEGIN SELECT RAISE(ABORT, 'consent: a voiceprint needs a voice'); END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_change_{number} AFTER {event} ON {table}
        BEGIN UPDATE voiceprint_changes SET version = version + 1; END
        """
        for table in ("voiceprints", "optouts")
        for number, event in enumerate(("INSERT", "UPDATE", "DELETE"), 1)
    ),
    """
    CREATE TRIGGER optouts_end BEFORE UPDATE ON optouts
    WHEN OLD.revoked IS NOT NULL OR NEW.revoked IS NULL OR NEW.id IS NOT OLD.id
    BEGIN SELECT RAISE(ABORT, 'an entry of the opt-out list can only be ended, once'); END
    """,
    """
    CREATE TRIGGER impersonations_only_grow_1 BEFORE UPDATE ON impersonations
    BEGIN SELECT RAISE(ABORT, 'consent: the log of refused recordings only grows'); END
    """,
    """
    CREATE TRIGGER impersonations_only_grow_2 BEFORE DELETE ON impersonations
    BEGIN SELECT RAISE(ABORT, 'consent: the log of refused recordings only grows'); END
    """,
    """
    CREATE TRIGGER samples_forget AFTER UPDATE ON samples
    WHEN OLD.deleted IS NULL AND NEW.deleted IS NOT NULL
    BEGIN DELETE FROM fingerprints WHERE kind = 'sample' AND ref = NEW.id; END
    """,
)

TRIGGERS = (*_CONSENTS, *_CHECKS, *_VOICES, *_JOBS, *_PRINTS)
