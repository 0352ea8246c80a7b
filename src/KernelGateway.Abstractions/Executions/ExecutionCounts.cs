using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>How many events of each kind an execution produced before its end.</summary>
/// <param name="Stdout">Chunks of standard output.</param>
/// <param name="Stderr">Chunks of standard error.</param>
/// <param name="Results">Results and displayed data, updates not counted.</param>
public readonly record struct ExecutionCounts(long Stdout, long Stderr, long Results)
{
    internal JObject ToJson() => new() { ["stdout"] = Stdout, ["stderr"] = Stderr, ["results"] = Results };

    internal static ExecutionCounts FromJson(JObject? json) =>
        json is null ? default : new((long?)json["stdout"] ?? 0, (long?)json["stderr"] ?? 0, (long?)json["results"] ?? 0);
}
