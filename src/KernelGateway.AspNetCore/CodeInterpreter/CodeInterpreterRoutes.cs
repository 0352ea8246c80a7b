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
            .Describe("health", "Answers when the gateway runs.", "Needs no token. The answer is the JSON string `OK`.")
            .Answers<string>(200, Json, "The gateway runs.");
        routes.Map("GET", "/ready", new HealthEndpoints(surface).ReadyAsync)
            .Describe("ready", "Returns whether the kernels that start with the gateway have answered.", "If there are none, whether any kernel has answered.")
            .Answers<ReadyBody>(200, Json, "They have answered.")
            .Answers<ReadyBody>(503, Json, "They have not all answered yet, or the gateway is stopping.");
    }

    private static void MapExecute(RouteTable routes, ExecuteEndpoint endpoint) =>
        routes.Map("POST", "/execute", endpoint.HandleAsync)
            .Describe(
                "execute",
                "Runs code and streams its events.",
                "The answer begins at once, before the code does. It has one JSON object per line; the last one is `end_of_execution`. "
                + "Executions of one context run one after another. Losing the connection interrupts the execution, also while it waits, "
                + "unless `on_disconnect` is `continue`. The header `X-Execution-Id` names the execution. A request that is sent again with the "
                + "same header `Idempotency-Key` does not run the code again: its answer has the events of the first one's execution, from the first.")
            .Takes<ExecuteBody>(Json)
            .Answers<EventLine>(200, StreamingResponse.MediaType, "The events, one per line, in ASCII.")
            .Answers<string>(400, Text, "`Only one of context_id or language can be provided`")
            .Answers<string>(404, Text, "`Context {id} not found`")
            .Answers<ProblemBody>(413, Problem.MediaType, "The body or the code is too long (`too_large`).")
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared as JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ValidationBody>(422, Json, "The body is not JSON, or a field has the wrong type; or, as problem details, the `Idempotency-Key` was used for another request (`idempotency_key_reused`).")
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
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared as JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ValidationBody>(422, Json, "The body is not JSON, or a field has the wrong type.")
            .Answers<ProblemBody>(429, Problem.MediaType, "There are too many contexts (`context_limit`).")
            .Answers<string>(500, Text, "`Failed to create context: {why}`")
            .Answers<ProblemBody>(503, Problem.MediaType, "The gateway is stopping (`stopping`), or has no memory for the body at the moment (`memory_limit`, with `Retry-After`).");
        routes.Map("GET", "/contexts/{id}", endpoints.ShowAsync)
            .Describe("get_context", "Returns a context and its state.")
            .Answers<ContextDetailBody>(200, Json, "The context.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).");
        routes.Map("DELETE", "/contexts/{id}", endpoints.RemoveAsync)
            .Describe("remove_context", "Removes a context and shuts its kernel down.", "Its executions that run or wait end with `removed`.")
            .Answers<Nothing>(200, Json, "`null`")
            .Answers<string>(404, Text, "`Context {id} not found`");
        routes.Map("POST", "/contexts/{id}/restart", endpoints.RestartAsync)
            .Describe("restart_context", "Replaces the kernel's process: the id stays the same, the variables are lost.", "Its executions that run or wait end with `restarted`.")
            .Answers<Nothing>(200, Json, "`null`")
            .Answers<string>(404, Text, "`Context {id} not found`")
            .Answers<ProblemBody>(409, Problem.MediaType, "The kernel is attached, so only its owner can restart it (`attached_kernel`), or no new process can be started now and the old one continues (`restart_refused`).")
            .Answers<string>(500, Text, "`Failed to restart context {id}: {why}`");
        routes.Map("POST", "/contexts/{id}/interrupt", endpoints.InterruptAsync)
            .Describe("interrupt_context", "Interrupts the execution that runs, and waits until it has ended.")
            .Answers<InterruptedBody>(200, Json, "Whether the interrupt ended an execution, and how it ended.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).");
        routes.Map("POST", "/contexts/{id}/input", endpoints.InputAsync)
            .Describe("send_input", "Answers the `input_request` of the execution that runs.")
            .Takes<InputBody>(Json)
            .Answers<Nothing>(204, null, "The line was sent to the kernel.")
            .Answers<ProblemBody>(400, Problem.MediaType, "The body is not as described (`malformed_request`).")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such context (`context_not_found`).")
            .Answers<ProblemBody>(409, Problem.MediaType, "The code does not wait for input (`not_waiting_for_input`).")
            .Answers<ProblemBody>(413, Problem.MediaType, "The body is too long (`too_large`).")
            .Answers<ProblemBody>(415, Problem.MediaType, "The body is not declared as JSON, or has an encoding other than gzip and deflate (`unsupported_media_type`).")
            .Answers<ProblemBody>(503, Problem.MediaType, "There is no memory for the body at the moment (`memory_limit`, with `Retry-After`).");
    }

    private static void MapExecutions(RouteTable routes, ExecutionEndpoints endpoints)
    {
        routes.Map("GET", "/executions/{id}", endpoints.ShowAsync)
            .Describe("get_execution", "Returns the state and the output of an execution.")
            .Answers<ExecutionBody>(200, Json, "The execution.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such execution, or it is no longer retained (`execution_not_found`).")
            .Answers<ProblemBody>(503, Problem.MediaType, "There is no memory for the answer at the moment (`memory_limit`, with `Retry-After`).");
        routes.Map("GET", "/executions/{id}/events", endpoints.ReadEventsAsync)
            .Describe(
                "read_events",
                "Reads the past and the future events of an execution.",
                "Every line except `keepalive` has `execution_id` and `seq`. Output after the end follows it, with `late`. "
                + "Losing the connection does not affect the execution.")
            .Query("after", "The `seq` of the last received event; 0 or absent for all events.", "integer")
            .Answers<EventLine>(200, StreamingResponse.MediaType, "The events, one per line, in ASCII.")
            .Answers<ProblemBody>(400, Problem.MediaType, "`after` is not a number (`malformed_request`).")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such execution, or it is no longer retained (`execution_not_found`).");
        routes.Map("POST", "/executions/{id}/interrupt", endpoints.InterruptAsync)
            .Describe("interrupt_execution", "Interrupts an execution, or removes it from the queue. Other executions are not affected.")
            .Answers<InterruptedBody>(200, Json, "Whether the interrupt ended it, and how it ended.")
            .Answers<ProblemBody>(404, Problem.MediaType, "There is no such execution, or it is no longer retained (`execution_not_found`).");
    }
}
