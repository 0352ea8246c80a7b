using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Requests;
using KernelGateway.Contexts;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>The body of <c>POST /execute</c>.</summary>
[Description("Code to run. An empty string counts as absent, except for `code`.")]
internal sealed record ExecuteBody
{
    // Timers of the runtime allow a little more.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(30);

    /// <summary>The fields of the body that are kept.</summary>
    public static readonly BodyShape Shape = BodyShape.Object(
        ("code", BodyShape.Value),
        ("context_id", BodyShape.Value),
        ("language", BodyShape.Value),
        ("env_vars", BodyShape.Map),
        ("timeout", BodyShape.Value),
        ("on_disconnect", BodyShape.Value),
        ("allow_stdin", BodyShape.Value),
        ("store_history", BodyShape.Value),
        ("detail", BodyShape.Value));

    [Required]
    [Description("The code. It is sent to the kernel unchanged.")]
    public string Code { get; init; } = "";

    [Description("The context in which to run. Not together with `language`. Without both, the default context of the default language is used.")]
    public string? ContextId { get; init; }

    [Description("Run in the default context of this language, which is created at its first use.")]
    public string? Language { get; init; }

    [Description("Environment variables for this execution only.")]
    public IReadOnlyDictionary<string, string>? EnvVars { get; init; }

    [Description(
        "How many seconds the code may run after it was sent to the kernel; then it is interrupted. Absent: the server's default, usually no limit. "
        + "0: the longest that the server allows, usually no limit.")]
    [Range(0, 2592000)]
    public double? Timeout { get; init; }

    [Description("What to do with the execution when the connection is lost: `interrupt` (the default) or `continue`.")]
    [AllowedValues("interrupt", "continue", null)]
    public string? OnDisconnect { get; init; }

    [Description("Whether the code may ask for input, which is sent with `POST /contexts/{id}/input`. Otherwise `input()` raises an error.")]
    public bool? AllowStdin { get; init; }

    [Description("Whether the kernel counts the execution and adds the code to its history. Absent: true.")]
    public bool? StoreHistory { get; init; }

    [Description("Whether every event has `execution_id` and `seq`, and results have `metadata` and `display_id`. SDKs expect false.")]
    public bool? Detail { get; init; }

    /// <summary>Returns the longest time limit that a request can ask for.</summary>
    public static TimeSpan GetLongestTimeout(ContextOptions options) =>
        options.MaxTimeout is { } limit && limit < LongestTimeout ? limit : LongestTimeout;

    /// <summary>Converts the field <c>timeout</c> to a time limit of an execution.</summary>
    public static TimeSpan? ToTimeLimit(double? seconds) => seconds switch
    {
        null => null,
        0 => System.Threading.Timeout.InfiniteTimeSpan,
        { } limit => TimeSpan.FromSeconds(limit),
    };

    /// <summary>Computes a hash of what is to be run and how. How the events are written does not count.</summary>
    public string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(Code);
        Add(ContextId);
        Add(Language);
        Add(Timeout?.ToString("R", CultureInfo.InvariantCulture));
        Add(AllowStdin == true ? "stdin" : null);
        Add(StoreHistory == false ? "no history" : null);
        foreach (var (name, value) in (EnvVars ?? new Dictionary<string, string>()).OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            Add(name);
            Add(value);
        }

        return Convert.ToHexString(hash.GetHashAndReset());

        // Each with its length, so that two parts are never read as one.
        void Add(string? text)
        {
            hash.AppendData(BitConverter.GetBytes(text?.Length ?? -1));
            if (text is not null) hash.AppendData(Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>Reads the body; the value is valid when there are no errors.</summary>
    public static ExecuteBody Read(JObject body, TimeSpan longestTimeout, ValidationErrors errors)
    {
        var fields = new BodyFields(body, errors);
        return new ExecuteBody
        {
            Code = fields.RequiredText("code") ?? "",
            ContextId = fields.OptionalText("context_id"),
            Language = fields.OptionalText("language"),
            EnvVars = fields.Variables("env_vars"),
            Timeout = fields.Seconds("timeout", longestTimeout)?.TotalSeconds,
            OnDisconnect = fields.Choice("on_disconnect", "interrupt", ("interrupt", "interrupt"), ("continue", "continue")),
            AllowStdin = fields.Flag("allow_stdin"),
            StoreHistory = fields.Flag("store_history", absent: true),
            Detail = fields.Flag("detail"),
        };
    }
}
