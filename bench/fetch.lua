-- Asks for the paths given, one after the other. Arguments: the Authorization header, then the paths.
local requests, turn = {}, 0

function init(arguments)
    local headers = { Authorization = arguments[1] }
    for n = 2, #arguments do requests[n - 1] = wrk.format("GET", arguments[n], headers) end
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
    print(string.format("RESULT %f %d %d", summary.requests / summary.duration * 1e6, failed, summary.requests))
end
