using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Responses;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary>The routes of the code interpreter, with their descriptions.</summary>
internal static class CodeInterpreterRoutes
{
    private const string Json = JsonAnswer.MediaType;
    private const string Text = "text/plain";

    public static void Map(RouteTable routes, HttpSurface surface)
    {
        MapHealth(routes, surface);
        MapExecute(routes, new ExecuteEndpoint(surface));
        MapContexts(routes, new ContextEndpoints(surface));
        MapExecutions(routes, new ExecutionEndpoints(surface));
    }

    private static void MapHealth(RouteTable routes, HttpSurface surface)
    {
        routes.MapOpen("GET", "/health", HealthEndpoints.HealthAsync)
            .Describe("health", "Says that the gateway answers.", "Needs no token. The answer is the JSON string `OK`.")
            .Answers<string>(200, Json, "The gateway answers.");
        routes.Map("GET", "/ready", new HealthEndpoints(surface).ReadyAsync)
            .Describe("ready", "Says whether the kernels have answered that were asked for at the start.", "Without any, whether a kernel has answered.")
            .Answers<ReadyBody>(200, Json, "They have answered.")
            .Answers<ReadyBody>(503, Json, "They have not all answered yet, or the gateway is stopping.");
    }

    private static void MapExecute(RouteTable routes, ExecuteEndpoint endpoint) =>
        routes.Map("POST", "/execute", endpoint.HandleAsync)
            .Describe(
                "execute",
                "Runs code and streams what comes of it.",
                "The answer starts at once, before the kernel does, and is one JSON object a line; the last one is `end_of_execution`. "
                + "Executions of one context run one after another. Losing the connection interrupts the execution, also while it waits, "
                + "unless `on_disconnect` is `continue`. The header `X-Execution-Id` names the execution.")
            .Takes<ExecuteBody>(Json)
            .Answers<EventLine>(200, StreamingResponse.MediaType, "The events, one a line, in pure ASCII.")
            .Answers<string>(400, Text, "`Only one of context_id or language can be provided`")
            .Answers<string>(404, Text, "`Context {id} not found`")
            .Answers<ProblemBody>(413, Problem.MediaType, "The body or the code is too long (`too_large`).")
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared to be JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ValidationBody>(422, Json, "The body is not JSON, or a field has the wrong type.")
            .Answers<ProblemBody>(429, Problem.MediaType, "Too many executions wait (`queue_full`, with `Retry-After`), or there are too many contexts (`context_limit`).")
            .Answers<string>(500, Text, "`Failed to create context: {why}`")
            .Answers<ProblemBody>(503, Problem.MediaType, "The gateway is stopping (`stopping`), or has no memory for the body at the moment (`memory_limit`, with `Retry-After`).");

    private static void MapContexts(RouteTable routes, ContextEndpoints endpoints)
    {
        routes.Map("GET", "/contexts", endpoints.ListAsync)
            .Describe("list_contexts", "Lists the contexts, in the order in which they were created.")
            .Answers<ContextBody[]>(200, Json, "The contexts.");
        routes.Map("POST", "/contexts", endpoints.CreateAsync)
            .Describe("create_context", "Creates a context and waits until its kernel is ready.", "No body, and `null`, count as `{}`.")
            .Takes<CreateContextBody>(Json)
            .Answers<ContextBody>(200, Json, "The context.")
            .Answers<ProblemBody>(413, Problem.MediaType, "The body is too long (`too_large`).")
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared to be JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ValidationBody>(422, Json, "The body is not JSON, or a field has the wrong type.")
            .Answers<ProblemBody>(429, Problem.MediaType, "There are too many contexts (`context_limit`).")
            .Answers<string>(500, Text, "`Failed to create context: {why}`")
            .Answers<ProblemBody>(503, Problem.MediaType, "The gateway is stopping (`stopping`), or has no memory for the body at the moment (`memory_limit`, with `Retry-After`).");
        routes.Map("GET", "/contexts/{id}", endpoints.ShowAsync)
            .Describe("get_context", "Shows a context and what it is doing.")
            .Answers<ContextDetailBody>(200, Json, "The context.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).");
        routes.Map("DELETE", "/contexts/{id}", endpoints.RemoveAsync)
            .Describe("remove_context", "Removes a context and shuts its kernel down.", "What runs or waits in it ends with `removed`.")
            .Answers<Nothing>(200, Json, "`null`")
            .Answers<string>(404, Text, "`Context {id} not found`");
        routes.Map("POST", "/contexts/{id}/restart", endpoints.RestartAsync)
            .Describe("restart_context", "Replaces the kernel: same id, fresh process, no state.", "What runs or waits in it ends with `restarted`.")
            .Answers<Nothing>(200, Json, "`null`")
            .Answers<string>(404, Text, "`Context {id} not found`")
            .Answers<ProblemBody>(409, Problem.MediaType, "The kernel was attached and is not the gateway's to restart (`attached_kernel`), or a new process could not be started now and the context is as it was (`restart_refused`).")
            .Answers<string>(500, Text, "`Failed to restart context {id}: {why}`");
        routes.Map("POST", "/contexts/{id}/interrupt", endpoints.InterruptAsync)
            .Describe("interrupt_context", "Interrupts the execution that runs, and waits until it has ended.")
            .Answers<InterruptedBody>(200, Json, "Whether one was ended by this, and how it ended.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).");
        routes.Map("POST", "/contexts/{id}/input", endpoints.InputAsync)
            .Describe("send_input", "Answers the `input_request` of the execution that runs.")
            .Takes<InputBody>(Json)
            .Answers<Nothing>(204, null, "The kernel has been given the line.")
            .Answers<ProblemBody>(400, Problem.MediaType, "The body is not as described (`malformed_request`).")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).")
            .Answers<ProblemBody>(409, Problem.MediaType, "The code does not wait for input (`not_waiting_for_input`).")
            .Answers<ProblemBody>(413, Problem.MediaType, "The body is too long (`too_large`).")
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared to be JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ProblemBody>(503, Problem.MediaType, "There is no memory for the body at the moment (`memory_limit`, with `Retry-After`).");
    }

    private static void MapExecutions(RouteTable routes, ExecutionEndpoints endpoints)
    {
        routes.Map("GET", "/executions/{id}", endpoints.ShowAsync)
            .Describe("get_execution", "Shows where an execution is in its life and what has come of it.")
            .Answers<ExecutionBody>(200, Json, "The execution.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such execution, or none any more (`execution_not_found`).")
            .Answers<ProblemBody>(503, Problem.MediaType, "There is no memory for the answer at the moment (`memory_limit`, with `Retry-After`).");
        routes.Map("GET", "/executions/{id}/events", endpoints.ReadEventsAsync)
            .Describe(
                "read_events",
                "Reads the events of an execution, those of the past and those to come.",
                "Every line but `keepalive` has `execution_id` and `seq`. Output that came after the end follows it, with `late`. "
                + "Losing the connection does nothing to the execution.")
            .Query("after", "The `seq` of the last event that is known already; 0 or absent for all.", "integer")
            .Answers<EventLine>(200, StreamingResponse.MediaType, "The events, one a line, in pure ASCII.")
            .Answers<ProblemBody>(400, Problem.MediaType, "`after` is no number (`malformed_request`).")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such execution, or none any more (`execution_not_found`).");
        routes.Map("POST", "/executions/{id}/interrupt", endpoints.InterruptAsync)
            .Describe("interrupt_execution", "Interrupts an execution, or takes it out of the queue; never another one.")
            .Answers<InterruptedBody>(200, Json, "Whether it was ended by this, and how it ended.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such execution, or none any more (`execution_not_found`).");
    }
}
