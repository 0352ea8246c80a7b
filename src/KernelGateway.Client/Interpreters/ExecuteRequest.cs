using KernelGateway.Executions;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Interpreters;

/// <summary>Code to run: the body of <c>POST /execute</c>.</summary>
/// <param name="Code">The code.</param>
/// <param name="ContextId">The context; null for the default context of the language.</param>
/// <param name="Language">The language, if no context is named; null for the default language.</param>
/// <param name="Options">How it is run.</param>
/// <param name="AllowStdin">Whether it may ask for input, whatever the options say.</param>
internal sealed record ExecuteRequest(string Code, string? ContextId, string? Language, ExecutionOptions Options, bool AllowStdin = false)
{
    /// <summary>Creates the request of a caller who answers requests for input if the callbacks say so.</summary>
    public static ExecuteRequest Create(
        string code, string? contextId, string? language, ExecutionOptions? options, ExecutionCallbacks? callbacks)
    {
        ArgumentNullException.ThrowIfNull(code);
        return new ExecuteRequest(code, contextId, language, options ?? new ExecutionOptions(), callbacks?.OnInput is not null);
    }

    /// <summary>Creates the body.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time limit is not above zero.</exception>
    public JObject ToJson()
    {
        var body = new JObject { ["code"] = Code };
        if (ContextId is not null) body["context_id"] = ContextId;
        else if (Language is not null) body["language"] = Language;
        if (Options.EnvironmentVariables is { Count: > 0 } variables) body["env_vars"] = JObject.FromObject(variables);
        if (Options.Timeout is { } limit) body["timeout"] = ToSeconds(limit);
        if (AllowStdin || Options.AllowStdin) body["allow_stdin"] = true;
        if (!Options.StoreHistory) body["store_history"] = false;

        // Positions in every line, to go on after a lost connection, which does not interrupt the code: the client does that itself.
        body["detail"] = true;
        body["on_disconnect"] = "continue";
        return body;
    }

    // 0 stands for the longest that the server allows.
    private static double ToSeconds(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan) return 0;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(ExecutionOptions.Timeout));
        return limit.TotalSeconds;
    }
}
