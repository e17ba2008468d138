"""The triggers of migration 0002: who may make what, and what never changes again.

The migration has been released: a change is a new migration, never an edit here. A message begins
with the word that the database turns into an error of the same name.
"""

_NOW = "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"  # as the store writes times

# Those of 0001 that say more now.
REPLACED = ("voices_need_consent", "voices_keep_consent", "consents_only_revoked")

_CONSENTS = (
    f"""
    CREATE TRIGGER consents_answer_once BEFORE INSERT ON consents
    WHEN NEW.challenge_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM challenges WHERE id = NEW.challenge_id AND user_id = NEW.user_id
            AND used IS NULL AND expires > {_NOW}
    )
    BEGIN SELECT RAISE(ABORT, 'consent: this code was used or has expired; ask for a new one'); END
    """,
    """
    CREATE TRIGGER consents_use_challenge AFTER INSERT ON consents
    WHEN NEW.challenge_id IS NOT NULL
    BEGIN UPDATE challenges SET used = NEW.created WHERE id = NEW.challenge_id; END
    """,
    """
    CREATE TRIGGER challenges_once BEFORE UPDATE ON challenges
    WHEN NEW.id IS NOT OLD.id OR NEW.expires IS NOT OLD.expires
        OR (OLD.used IS NOT NULL AND NEW.used IS NOT OLD.used)
        OR NEW.attempts < OLD.attempts
    BEGIN SELECT RAISE(ABORT, 'consent: a code is used once and is not extended'); END
    """,
    # Revoked once; a guest's moves into the account they make; personal words can be erased after.
    """
    CREATE TRIGGER consents_only_revoked BEFORE UPDATE ON consents
    WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.created IS NOT OLD.created
        OR NEW.statement_sha256 IS NOT OLD.statement_sha256
        OR NEW.text_version IS NOT OLD.text_version OR NEW.language IS NOT OLD.language
        OR NEW.licence IS NOT OLD.licence OR NEW.attribution IS NOT OLD.attribution
        OR NEW.challenge_id IS NOT OLD.challenge_id OR NEW.spoken_at IS NOT OLD.spoken_at
        OR NEW.verification IS NOT OLD.verification
        OR (OLD.revoked IS NOT NULL AND NEW.revoked IS NOT OLD.revoked)
        OR (NEW.revoked IS NULL AND NEW.user_id IS OLD.user_id)
        OR (NEW.user_id IS NOT OLD.user_id
            AND (SELECT kind FROM users WHERE id = OLD.user_id) <> 'guest')
        OR (NEW.name IS NOT OLD.name AND (NEW.name IS NOT NULL OR NEW.revoked IS NULL))
        OR (NEW.scope IS NOT OLD.scope AND (NEW.scope IS NOT NULL OR NEW.revoked IS NULL))
        OR (NEW.statement_path IS NOT OLD.statement_path
            AND (NEW.statement_path IS NOT NULL OR NEW.revoked IS NULL))
    BEGIN SELECT RAISE(ABORT, 'consent: a consent can only be revoked, once'); END
    """,
)

_VOICES = (
    """
    CREATE TRIGGER voices_need_consent BEFORE INSERT ON voices
    WHEN NOT EXISTS (
        SELECT 1 FROM consents
        WHERE id = NEW.consent_id AND revoked IS NULL AND user_id = NEW.owner_id
    )
    BEGIN SELECT RAISE(ABORT,
        'consent: a voice needs its owner''s consent, and one that has not been revoked'); END
    """,
    """
    CREATE TRIGGER voices_keep_consent BEFORE UPDATE ON voices
    WHEN NEW.consent_id IS NOT OLD.consent_id OR NEW.id IS NOT OLD.id OR (
        NEW.status = 'ready' AND (
            OLD.status <> 'ready'
            OR NOT EXISTS (
                SELECT 1 FROM consents
                WHERE id = NEW.consent_id AND revoked IS NULL AND user_id = NEW.owner_id
            )
        )
    )
    BEGIN SELECT RAISE(ABORT, 'consent: the consent of a voice cannot be changed or revived'); END
    """,
    """
    CREATE TRIGGER checkpoints_need_consent BEFORE INSERT ON checkpoints
    WHEN NOT EXISTS (
        SELECT 1 FROM voices JOIN consents ON consents.id = voices.consent_id
        WHERE voices.id = NEW.voice_id AND voices.status = 'ready' AND consents.revoked IS NULL
    ) OR (NEW.parent_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM checkpoints WHERE id = NEW.parent_id AND voice_id = NEW.voice_id
    ))
    BEGIN SELECT RAISE(ABORT, 'consent: a version needs a voice whose consent holds'); END
    """,
    """
    CREATE TRIGGER checkpoints_keep BEFORE UPDATE ON checkpoints
    WHEN NEW.id IS NOT OLD.id OR NEW.voice_id IS NOT OLD.voice_id OR NEW.number IS NOT OLD.number
        OR NEW.folder IS NOT OLD.folder OR NEW.sha256 IS NOT OLD.sha256
        OR (OLD.deleted IS NOT NULL AND NEW.deleted IS NOT OLD.deleted)
    BEGIN SELECT RAISE(ABORT, 'the weights of a version do not change'); END
    """,
    """
    CREATE TRIGGER checkpoints_lead_1 AFTER INSERT ON checkpoints WHEN NEW.current = 1
    BEGIN
        UPDATE voices SET folder = NEW.folder, sha256 = NEW.sha256, kind = NEW.kind,
            base_id = NEW.base_id, metrics = NEW.metrics WHERE id = NEW.voice_id;
    END
    """,
    """
    CREATE TRIGGER checkpoints_lead_2 AFTER UPDATE ON checkpoints WHEN NEW.current = 1
    BEGIN
        UPDATE voices SET folder = NEW.folder, sha256 = NEW.sha256, kind = NEW.kind,
            base_id = NEW.base_id, metrics = NEW.metrics WHERE id = NEW.voice_id;
    END
    """,
    """
    CREATE TRIGGER speeches_need_consent BEFORE INSERT ON speeches
    WHEN NOT EXISTS (
        SELECT 1 FROM voices JOIN consents ON consents.id = voices.consent_id
        WHERE voices.id = NEW.voice_id AND voices.status = 'ready' AND consents.revoked IS NULL
            AND voices.owner_id = NEW.user_id
    )
    BEGIN SELECT RAISE(ABORT, 'consent: speech needs one''s own voice whose consent holds'); END
    """,
)

_JOBS = (
    """
    CREATE TRIGGER jobs_need_consent BEFORE INSERT ON jobs
    WHEN NEW.kind IN ('clone', 'preview') AND NOT EXISTS (
        SELECT 1 FROM consents
        WHERE id = NEW.consent_id AND user_id = NEW.user_id AND revoked IS NULL
    )
    BEGIN SELECT RAISE(ABORT, 'consent: making a voice needs a consent of one''s own that holds'); END
    """,
    """
    CREATE TRIGGER jobs_need_voice BEFORE INSERT ON jobs
    WHEN (NEW.kind IN ('speak', 'convert', 'evaluate') OR NEW.voice_id IS NOT NULL) AND NOT EXISTS (
        SELECT 1 FROM voices JOIN consents ON consents.id = voices.consent_id
        WHERE voices.id = NEW.voice_id AND voices.owner_id = NEW.user_id
            AND voices.status = 'ready' AND consents.revoked IS NULL
    )
    BEGIN SELECT RAISE(ABORT, 'consent: this needs one''s own voice whose consent holds'); END
    """,
    """
    CREATE TRIGGER jobs_begin_queued BEFORE INSERT ON jobs WHEN NEW.state <> 'queued'
    BEGIN SELECT RAISE(ABORT, 'a job begins in the queue'); END
    """,
    """
    CREATE TRIGGER jobs_move BEFORE UPDATE ON jobs
    WHEN NEW.state IS NOT OLD.state AND NOT (
        (OLD.state = 'queued' AND NEW.state IN ('running', 'cancelled'))
        OR (OLD.state = 'running' AND NEW.state IN ('queued', 'done', 'failed', 'cancelled'))
    )
    BEGIN SELECT RAISE(ABORT, 'a job goes queued, running, then done, failed or cancelled'); END
    """,
    # What was asked for stays as it was, until it is forgotten; a guest's goes to their account.
    """
    CREATE TRIGGER jobs_keep BEFORE UPDATE ON jobs
    WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.lane IS NOT OLD.lane
        OR NEW.created IS NOT OLD.created
        OR NEW.voice_id IS NOT OLD.voice_id OR NEW.consent_id IS NOT OLD.consent_id
        OR (NEW.config IS NOT OLD.config AND NEW.forgotten IS NULL)
        OR (OLD.forgotten IS NOT NULL AND NEW.forgotten IS NOT OLD.forgotten)
        OR (NEW.user_id IS NOT OLD.user_id
            AND (SELECT kind FROM users WHERE id = OLD.user_id) <> 'guest')
        OR (OLD.state IN ('done', 'failed', 'cancelled') AND (
            (NEW.result IS NOT OLD.result AND NEW.forgotten IS NULL)
            OR NEW.finished IS NOT OLD.finished OR NEW.attempt IS NOT OLD.attempt))
    BEGIN SELECT RAISE(ABORT, 'what a job was asked and came to is not changed'); END
    """,
    """
    CREATE TRIGGER jobs_stay BEFORE DELETE ON jobs
    BEGIN SELECT RAISE(ABORT, 'the row of a job stays'); END
    """,
    """
    CREATE TRIGGER job_events_only_grow_1 BEFORE UPDATE ON job_events
    BEGIN SELECT RAISE(ABORT, 'the events of a job only grow'); END
    """,
    # The events of a job that is forgotten go: they hold somebody's words.
    """
    CREATE TRIGGER job_events_only_grow_2 BEFORE DELETE ON job_events
    WHEN NOT EXISTS (SELECT 1 FROM jobs WHERE id = OLD.job_id AND forgotten IS NOT NULL)
    BEGIN SELECT RAISE(ABORT, 'the events of a job only grow'); END
    """,
)

_USERS = (
    """
    CREATE TRIGGER users_stay BEFORE DELETE ON users
    BEGIN SELECT RAISE(ABORT, 'the row of a user stays'); END
    """,
    """
    CREATE TRIGGER users_stay_gone BEFORE UPDATE ON users
    WHEN NEW.id IS NOT OLD.id OR (OLD.deleted IS NOT NULL AND NEW.deleted IS NOT OLD.deleted)
        OR (NEW.kind IS NOT OLD.kind AND OLD.kind <> 'guest')
        OR (OLD.id = 'operator' AND NEW.deleted IS NOT NULL)
    BEGIN SELECT RAISE(ABORT, 'an account is not revived, and the operator stays'); END
    """,
)

TRIGGERS = (*_CONSENTS, *_VOICES, *_JOBS, *_USERS)
