using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The data that a gateway records about a kernel, so that the next gateway can find it after a crash.</summary>
internal sealed record KernelRecord
{
    /// <summary>The value if the gateway ended before it knew the process.</summary>
    internal const int NoProcess = 0;

    /// <summary>Gets the kernel's id.</summary>
    public required string KernelId { get; init; }

    /// <summary>Gets the process id; zero when the gateway ended before it started the process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Gets when the process was started, in a form that only equals itself: process ids are used again, moments are not.</summary>
    public required string ProcessStart { get; init; }

    /// <summary>Gets the name of the kernelspec.</summary>
    public required string KernelSpecName { get; init; }

    /// <summary>Gets the path of the connection file.</summary>
    public required string ConnectionFilePath { get; init; }

    /// <summary>Gets the user that the kernel runs as; null for the gateway's own.</summary>
    public uint? UserId { get; init; }

    /// <summary>Gets the caller's fields of <see cref="KernelLaunch.ContextFields"/>; empty when there are none.</summary>
    public JObject ContextFields { get; init; } = [];

    internal KernelMark Mark => new(ConnectionFilePath, UserId);

    internal byte[] ToJson()
    {
        var json = new JObject
        {
            ["kernel_id"] = KernelId,
            ["process_id"] = ProcessId,
            ["process_start"] = ProcessStart,
            ["kernelspec"] = KernelSpecName,
            ["connection_file"] = ConnectionFilePath,
            ["context"] = ContextFields,
        };
        if (UserId is not null) json["user_id"] = UserId;
        return Encoding.UTF8.GetBytes(json.ToString(Formatting.None));
    }

    /// <summary>Reads a record; null when the text is not a record. A crash can leave anything.</summary>
    internal static KernelRecord? TryParse(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            var json = JObject.Load(reader);
            if (json["kernel_id"] is not JValue { Value: string kernelId }
                || json["process_id"] is not JValue { Value: long processId } || processId is < 0 or 1 or > int.MaxValue
                || json["process_start"] is not JValue { Value: string processStart }
                || json["kernelspec"] is not JValue { Value: string kernelSpec }
                || json["connection_file"] is not JValue { Value: string connectionFile })
                return null;
            return new KernelRecord
            {
                KernelId = kernelId,
                ProcessId = (int)processId,
                ProcessStart = processStart,
                KernelSpecName = kernelSpec,
                ConnectionFilePath = connectionFile,
                UserId = json["user_id"] is JValue { Value: long user and >= 0 and < uint.MaxValue } ? (uint)user : null,
                ContextFields = json["context"] as JObject ?? [],
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
