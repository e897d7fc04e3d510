/* The steps of delivery.pml, and what the mutations make of them. */

#ifdef MUTATE_ORDER
#define in_turn(x) true
#else
#define in_turn(x) (first(x) || row[(x) - 1].place != PENDING)
#endif

#ifdef MUTATE_CLAIM
#define unclaimed(x) true
#else
#define unclaimed(x) (!row[x].leased)
#endif

#ifdef MUTATE_LOCAL_CHECK
#define may_send(t) true
#else
#define may_send(t) (!tasks[t].late)
#endif

#ifdef MUTATE_FENCE
#define mine(t) (row[tasks[t].owed].place != ABSENT)
#else
#ifdef MUTATE_FENCE_NUMBER_ONLY
#define mine(t) (row[tasks[t].owed].place == PENDING && row[tasks[t].owed].attempt == tasks[t].number)
#else
#define mine(t) (row[tasks[t].owed].place == PENDING && row[tasks[t].owed].attempt == tasks[t].number \
                 && row[tasks[t].owed].claimed_by == identity(t / 2))
#endif
#endif

#ifdef MUTATE_TRIES
#define used_up(t) false
#else
#define used_up(t) (tasks[t].tries >= TRIES)
#endif

#define holds(t, x) (tasks[t].stage != IDLE && tasks[t].owed == (x) && !tasks[t].superseded)

inline forget(t) {
    tasks[t].stage = IDLE; tasks[t].owed = 0; tasks[t].number = 0; tasks[t].tries = 0;
    tasks[t].ok = 0; tasks[t].noted = 0; tasks[t].late = 0; tasks[t].lost = 0; tasks[t].superseded = 0
}

inline lose(t) {
    if
    :: tasks[t].ok && !tasks[t].lost -> row[tasks[t].owed].known--
    :: else
    fi;
    tasks[t].lost = 1
}

inline supersede(x) {
    for (i : 0 .. 3) {
        if
        :: holds(i, x) -> lose(i); tasks[i].superseded = 1
        :: else
        fi
    }
}

inline arrive(x, counted) {
    assert(same_token || row[x].token == (x) + 1);
    if
    :: first(x) && row[(x) + 1].seen && STRICT == 1 -> assert(in_order || row[x].redelivered)
    :: first(x) && row[(x) + 1].seen && STRICT == 0 ->
        assert(in_order || row[x].seen || row[x].given_up || row[x].redelivered)
    :: else
    fi;
    row[x].seen = 1;
    if
    :: counted -> row[x].known++; assert(no_needless_duplicate || row[x].known <= 1)
    :: else
    fi
}

inline claim(t, x) {
#if !defined(LOCK_LOST_ALIVE) || STRICT == 1
    for (i : 0 .. 3) {
        assert(one_live_claim || !(holds(i, x) && !tasks[i].late))
    }
#endif
    supersede(x);
    row[x].attempt++;
    row[x].claimed_by = identity(t / 2);
    row[x].leased = 1;
    tasks[t].stage = CLAIMED; tasks[t].owed = x; tasks[t].number = row[x].attempt;
    tasks[t].tries = row[x].tries + 1
}

inline settle(t) {
    assert(fenced || !tasks[t].superseded);
    if
    :: tasks[t].ok ->
        assert(nothing_lost || row[tasks[t].owed].seen);
        if
        :: tasks[t].lost -> row[tasks[t].owed].known++
        :: else
        fi;
#ifndef MUTATE_SUCCESS_FORGOTTEN
        row[tasks[t].owed].place = DELIVERED;
#endif
    :: !tasks[t].ok && used_up(t) ->
        row[tasks[t].owed].place = FAILED; row[tasks[t].owed].given_up = 1
    :: else
    fi;
    row[tasks[t].owed].claimed_by = 0;
    row[tasks[t].owed].leased = 0
}

inline record(t) {
    if
    :: tasks[t].noted
    :: else -> row[tasks[t].owed].tries++ /* also of a claim that is gone */
    fi;
    if
    :: mine(t) -> settle(t)
    :: else
    fi
}

inline fail(t) {
#ifndef MUTATE_TRIES
    failures--;
#endif
    tasks[t].lost = 1;
    tasks[t].stage = ANSWERED
}

inline redeliver(x) {
    supersede(x);
    row[x].place = PENDING;
    row[x].redelivered = 1;
    row[x].known = 0;
    redeliveries--;
#ifdef MUTATE_RESET_ATTEMPT
    row[x].attempt = 0;
#endif
#ifdef MUTATE_TOKEN
    row[x].token = 7;
#endif
    row[x].tries = 0
}

inline crash(k) {
    crashes--;
    lives[k]++;
    for (i : 2 * k .. 2 * k + 1) {
        if
        :: tasks[i].stage != IDLE ->
            lose(i);
#ifdef STALLED_ON_THE_WIRE
            if
            :: tasks[i].stage == ON_THE_WIRE -> row[tasks[i].owed].stray = 1
            :: else
            fi;
#endif
            forget(i)
        :: else
        fi
    };
    i = 0
}

inline put_back(id) {
    for (i : 0 .. 3) {
        if
        :: row[i].leased && row[i].claimed_by == id -> row[i].leased = 0
        :: else
        fi
    };
    i = 0
}

inline lose_all(k) {
    for (i : 2 * k .. 2 * k + 1) {
        if
        :: tasks[i].stage != IDLE -> lose(i)
        :: else
        fi
    };
    i = 0
}

inline run_out(t) {
    stalls--;
    lose(t);
    tasks[t].late = 1;
    row[tasks[t].owed].leased = 0
}
