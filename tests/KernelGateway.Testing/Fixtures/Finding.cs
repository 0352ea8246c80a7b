using KernelGateway.Protocol;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Fixtures;

/// <summary>Is an input that once did harm, kept under <c>protocol-fixtures/findings/</c> so that it never does again.</summary>
/// <param name="Name">The name of its file.</param>
/// <param name="About">What it is, and what harm it did.</param>
/// <param name="Parts">The input: one stream of bytes, the frames of a message, or the messages of an execution.</param>
public sealed record Finding(string Name, string About, IReadOnlyList<FindingPart> Parts)
{
    /// <summary>Reads all findings about one sort of reader.</summary>
    /// <param name="reader">The directory: <c>zmtp</c>, <c>messages</c> or <c>executions</c>.</param>
    public static IReadOnlyList<Finding> Load(string reader) =>
        [.. Directory.EnumerateFiles(Repository.PathOf("protocol-fixtures", "findings", reader), "*.json")
            .Order(StringComparer.Ordinal).Select(Read)];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Finding Read(string path)
    {
        var json = JObject.Parse(File.ReadAllText(path));
        var parts = json["parts"]!.Select(part => new FindingPart(
            Enum.TryParse<KernelChannel>((string?)part["channel"], ignoreCase: true, out var channel) ? channel : null,
            (string?)part["type"],
            Convert.FromBase64String((string)part["bytes"]!)));
        return new Finding(Path.GetFileNameWithoutExtension(path), (string)json["about"]!, [.. parts]);
    }
}
