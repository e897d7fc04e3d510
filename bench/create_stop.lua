-- Creates recordings and stops each. Arguments: how often each recording is fetched in between, then SID and
-- Authorization header of each account.
local fetches, accounts, due, turn = 0, {}, {}, 0
stopped = 0

function setup(thread) worker = thread end

function init(arguments)
    fetches = tonumber(arguments[1])
    for n = 2, #arguments, 2 do
        table.insert(accounts, {
            path = "/2010-04-01/Accounts/" .. arguments[n] .. "/Calls/CA",
            headers = { Authorization = arguments[n + 1], ["Content-Type"] = "application/x-www-form-urlencoded" },
        })
    end
end

function request()
    local waiting = table.remove(due)
    if waiting then return waiting end
    turn = turn + 1
    local account = accounts[turn % #accounts + 1]
    return wrk.format("POST", string.format("%s%032x/Recordings.json", account.path, turn), account.headers)
end

function response(status, headers, body)
    if status == 201 then
        local uri, sid = body:match('"uri":"([^"]+)"'), body:match('"account_sid":"([^"]+)"')
        for _, account in ipairs(accounts) do
            if account.path:find(sid, 1, true) then
                table.insert(due, wrk.format("POST", uri, account.headers, "Status=stopped"))
                for _ = 1, fetches do table.insert(due, wrk.format("GET", uri, account.headers)) end
            end
        end
    elseif status == 200 and body:find('"status":"stopped"', 1, true) then
        stopped = stopped + 1
    end
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
    print(string.format("RESULT %f %d %d", worker:get("stopped") / summary.duration * 1e6, failed, summary.requests))
end
