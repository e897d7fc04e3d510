/* How a delivery is claimed, attempted and recorded: see README.md in this folder.
 * Each d_step is one SQL statement, one move of a request, or one misfortune; anything may come between two of them. */

#ifndef OWED
#define OWED 3     /* deliveries: 0 and 1 are v1 and v2 of one recording, 2 and 3 of another */
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef STALLS
#define STALLS 1   /* leases that run out on a dispatcher that lives */
#endif
#ifndef FAILURES
#define FAILURES 2 /* attempts without a 2xx */
#endif
#ifndef REDELIVERIES
#define REDELIVERIES 1
#endif
#ifndef REPEATS
#define REPEATS 1  /* records whose answer is lost, and which are said again */
#endif
#define TRIES 2

#if defined(STALLED_ON_THE_WIRE) || defined(LOCK_LOST_ALIVE)
#define OUTLIVES 1 /* a request may outlive its claim */
#else
#define OUTLIVES 0
#endif
#ifndef STRICT
#define STRICT (1 - OUTLIVES)
#endif

#define ABSENT 0
#define PENDING 1
#define DELIVERED 2
#define FAILED 3

#define IDLE 0
#define CLAIMED 1
#define ON_THE_WIRE 2
#define ANSWERED 3

/* A row of pending_deliveries or settled_deliveries; what no dispatcher can read is for the properties alone. */
typedef Row {
    unsigned place : 2;
    unsigned attempt : 4;
    unsigned tries : 4;       /* attempts on record since it was owed or redelivered */
    unsigned claimed_by : 3;  /* 0: nobody */
    bit leased;               /* claimed_until is set, and still to come */
    unsigned token : 3;
    bit stray;                /* unread: a request of a claim that is gone is still in the network */
    bit seen;                 /* unread: it arrived at least once */
    bit given_up;             /* unread: it was settled as failed */
    bit redelivered;          /* unread */
    unsigned known : 2        /* unread: arrivals since it was owed or redelivered whose success was not lost */
};

/* What one task of a dispatcher holds in memory. */
typedef Task_ {
    unsigned stage : 2;
    unsigned owed : 2;        /* which row */
    unsigned number : 4;
    unsigned tries : 4;       /* how many there are when this one is on record, as it was claimed */
    bit ok;                   /* a 2xx was read */
    bit late;                 /* its own clock says that the lease has run out */
    bit noted;                /* it is on record: said again, it is known by its contents */
    bit lost;                 /* unread: its outcome is unknown, a failure, or no longer its own to tell */
    bit superseded            /* unread: claimed anew, redelivered, or recorded already */
};

Row row[4];
Task_ tasks[4];               /* 0 and 1 are of one dispatcher, 2 and 3 of the other */
byte lives[2];                /* of each dispatcher */
byte crashes = CRASHES, stalls = STALLS, failures = FAILURES, redeliveries = REDELIVERIES, repeats = REPEATS;

/* Always 0: they name the property in the message of an assertion that fails. */
hidden byte nothing_lost, in_order, no_needless_duplicate, fenced, one_live_claim, same_token;
hidden byte i;

/* Each life has an identity of its own, never used again, and holds an advisory lock on it. */
#define identity(k) (1 + (k) + 2 * lives[k])
#define alive(id) ((id) == identity(0) || (id) == identity(1))
#define first(x) ((x) % 2 == 0)

#include "steps.pml"

#define held(id) (row[0].leased && row[0].claimed_by == id || row[1].leased && row[1].claimed_by == id \
                  || row[2].leased && row[2].claimed_by == id || row[3].leased && row[3].claimed_by == id)
#define claims(t) (tasks[t].stage != IDLE && !tasks[t].late && row[tasks[t].owed].leased \
                   && row[tasks[t].owed].claimed_by == identity(t / 2) && row[tasks[t].owed].attempt == tasks[t].number)
#ifdef STALLED_ON_THE_WIRE
#define can_run_out(t) (stalls > 0 && claims(t))
#else
#define can_run_out(t) (stalls > 0 && claims(t) && tasks[t].stage != ON_THE_WIRE)
#endif
#define can_claim(x) (tasks[_pid].stage == IDLE && row[x].place == PENDING && unclaimed(x) && in_turn(x) \
                      && (_pid % 2 == 0 || tasks[_pid - 1].stage != IDLE)) /* the tasks of a dispatcher are alike */

active [4] proctype Task() {
end:
    do
    :: d_step { can_claim(0) -> claim(_pid, 0) }
    :: d_step { can_claim(1) -> claim(_pid, 1) }
    :: d_step { can_claim(2) -> claim(_pid, 2) }
    :: d_step { can_claim(3) -> claim(_pid, 3) }
    :: d_step { tasks[_pid].stage == CLAIMED && may_send(_pid) -> tasks[_pid].stage = ON_THE_WIRE }
    :: d_step { tasks[_pid].stage == CLAIMED && tasks[_pid].late -> forget(_pid) }
    /* Killed after the arrival and before the answer is read is no different from killed after the answer. */
    :: d_step { tasks[_pid].stage == ON_THE_WIRE ->
        arrive(tasks[_pid].owed, !tasks[_pid].lost);
        tasks[_pid].stage = ANSWERED; tasks[_pid].ok = 1 }
    :: d_step { tasks[_pid].stage == ON_THE_WIRE && failures > 0 -> arrive(tasks[_pid].owed, false); fail(_pid) }
    :: d_step { tasks[_pid].stage == ON_THE_WIRE && failures > 0 -> fail(_pid) }
#ifdef STALLED_ON_THE_WIRE
    :: d_step { tasks[_pid].stage == ON_THE_WIRE && failures > 0 -> row[tasks[_pid].owed].stray = 1; fail(_pid) }
#endif
    :: d_step { tasks[_pid].stage == ANSWERED -> record(_pid); forget(_pid) }
    :: d_step { tasks[_pid].stage == ANSWERED && repeats > 0 ->
        repeats--; record(_pid); tasks[_pid].noted = 1; tasks[_pid].lost = 1; tasks[_pid].superseded = 1 }
    od
}

#define can_append(x) ((x) < OWED && row[x].place == ABSENT && row[x].token == 0 \
                       && (first(x) || row[(x) - 1].token != 0))
#define settled(x) (row[x].place == DELIVERED || row[x].place == FAILED)

active proctype Customer() {
end:
    do
    :: d_step { can_append(0) -> row[0].place = PENDING; row[0].token = 1 }
    :: d_step { can_append(1) -> row[1].place = PENDING; row[1].token = 2 }
    :: d_step { can_append(2) -> row[2].place = PENDING; row[2].token = 3 }
    :: d_step { can_append(3) -> row[3].place = PENDING; row[3].token = 4 }
    :: d_step { redeliveries > 0 && settled(0) -> redeliver(0) }
    :: d_step { redeliveries > 0 && settled(1) -> redeliver(1) }
    :: d_step { redeliveries > 0 && settled(2) -> redeliver(2) }
    :: d_step { redeliveries > 0 && settled(3) -> redeliver(3) }
    :: d_step { row[0].stray -> row[0].stray = 0; arrive(0, false) }
    :: d_step { row[1].stray -> row[1].stray = 0; arrive(1, false) }
    :: d_step { row[2].stray -> row[2].stray = 0; arrive(2, false) }
    :: d_step { row[3].stray -> row[3].stray = 0; arrive(3, false) }
    od
}

active proctype Fate() {
end:
    do
    :: d_step { crashes > 0 && (tasks[0].stage != IDLE || tasks[1].stage != IDLE) -> crash(0) }
    :: d_step { crashes > 0 && (tasks[2].stage != IDLE || tasks[3].stage != IDLE) -> crash(1) }
#ifndef MUTATE_TAKEOVER
    :: d_step { !alive(1) && held(1) -> put_back(1) }
    :: d_step { !alive(2) && held(2) -> put_back(2) }
    :: d_step { !alive(3) && held(3) -> put_back(3) }
    :: d_step { !alive(4) && held(4) -> put_back(4) }
    :: d_step { row[0].leased && !alive(row[0].claimed_by) -> row[0].leased = 0 }
    :: d_step { row[1].leased && !alive(row[1].claimed_by) -> row[1].leased = 0 }
    :: d_step { row[2].leased && !alive(row[2].claimed_by) -> row[2].leased = 0 }
    :: d_step { row[3].leased && !alive(row[3].claimed_by) -> row[3].leased = 0 }
#endif
    :: d_step { can_run_out(0) -> run_out(0) }
    :: d_step { can_run_out(1) -> run_out(1) }
    :: d_step { can_run_out(2) -> run_out(2) }
    :: d_step { can_run_out(3) -> run_out(3) }
#ifdef LOCK_LOST_ALIVE
    /* The session that holds the lock breaks; its dispatcher goes on, and starts what it had claimed. */
    :: d_step { stalls > 0 && held(identity(0)) -> stalls--; put_back(identity(0)); lose_all(0) }
    :: d_step { stalls > 0 && held(identity(1)) -> stalls--; put_back(identity(1)); lose_all(1) }
#endif
    od
}

#define kept(x) ((x) >= OWED || row[x].place == DELIVERED && row[x].seen || row[x].place == FAILED)

active proctype Quiescence() {
end:
    timeout -> assert(nothing_lost || kept(0) && kept(1) && kept(2) && kept(3))
}
