using Newtonsoft.Json.Linq;

namespace KernelGateway.Contexts;

/// <summary>What a gateway needs to know to adopt a context of a gateway that crashed.</summary>
internal sealed record ContextRecord(string Language, string WorkingDirectory, IReadOnlyDictionary<string, string>? EnvironmentVariables)
{
    private const string UnclaimedField = "unclaimed";

    /// <summary>The record of a prespawned kernel without a context: the next gateway ends it.</summary>
    public static JObject Unclaimed() => new() { [UnclaimedField] = true };

    public static bool IsUnclaimed(JObject json) => (bool?)json[UnclaimedField] == true;

    public JObject ToJson() => new()
    {
        ["language"] = Language,
        ["working_directory"] = WorkingDirectory,
        ["environment"] = EnvironmentVariables is null ? null : JObject.FromObject(EnvironmentVariables),
    };

    public static ContextRecord Read(JObject json) => new(
        (string?)json["language"] ?? "unknown",
        (string?)json["working_directory"] ?? "/",
        (json["environment"] as JObject)?.ToObject<Dictionary<string, string>>());
}
