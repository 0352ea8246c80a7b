using KernelGateway.Protocol;
using KernelGateway.Protocol.Wire;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Fixtures;

/// <summary>A conversation between a client and a real kernel, recorded under <c>protocol-fixtures/</c>.</summary>
public sealed class RecordedConversation
{
    private RecordedConversation(string kernel, JObject header, IReadOnlyList<RecordedFrames> messages)
    {
        Kernel = kernel;
        Header = header;
        Messages = messages;
    }

    /// <summary>Gets the names of all recorded kernels.</summary>
    public static IReadOnlyList<string> Kernels { get; } =
        [.. Directory.EnumerateFiles(Repository.PathOf("protocol-fixtures"), "conversation.jsonl", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    /// <summary>Gets the name of the kernel, which is the name of its directory.</summary>
    public string Kernel { get; }

    /// <summary>Gets the recording's description: versions, key, client, steps, signals and exit of the process.</summary>
    public JObject Header { get; }

    /// <summary>Gets the messages in the order in which the client saw them.</summary>
    public IReadOnlyList<RecordedFrames> Messages { get; }

    /// <summary>Gets the key of the connection.</summary>
    public string Key => (string)Header["key"]!;

    /// <summary>Gets the client's session id.</summary>
    public string ClientSessionId => (string)Header["client"]!["session"]!;

    /// <summary>Creates a signer with the key and scheme of the conversation.</summary>
    public MessageSigner CreateSigner() => MessageSigner.Create(Key, (string)Header["signature_scheme"]!);

    /// <summary>Reads a recording.</summary>
    /// <param name="kernel">The kernel's name, such as <c>ipykernel</c>.</param>
    public static RecordedConversation Load(string kernel)
    {
        var lines = File.ReadLines(Repository.PathOf("protocol-fixtures", kernel, "conversation.jsonl"));
        JObject? header = null;
        var messages = new List<RecordedFrames>();
        foreach (var line in lines)
        {
            var json = Parse(line);
            if (header is null) header = (JObject)json["header"]!;
            else messages.Add(ReadMessage(json));
        }
        return new RecordedConversation(kernel, header ?? throw new InvalidDataException($"{kernel}: empty recording"), messages);
    }

    // Dates stay strings.
    private static JObject Parse(string line)
    {
        using var reader = new JsonTextReader(new StringReader(line)) { DateParseHandling = DateParseHandling.None };
        return JObject.Load(reader);
    }

    private static RecordedFrames ReadMessage(JObject json) => new(
        TimeSpan.FromSeconds((double)json["t"]!),
        (string?)json["dir"] == "send",
        (string?)json["channel"] switch
        {
            "shell" => KernelChannel.Shell,
            "control" => KernelChannel.Control,
            "stdin" => KernelChannel.Stdin,
            "iopub" => KernelChannel.IOPub,
            "hb" => KernelChannel.Heartbeat,
            var other => throw new InvalidDataException($"Channel {other}?"),
        },
        (string)json["step"]!,
        [.. json["frames"]!.Select(frame => (ReadOnlyMemory<byte>)Convert.FromBase64String((string)frame!))]);
}
