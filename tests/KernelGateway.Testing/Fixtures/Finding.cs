using KernelGateway.Protocol;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Fixtures;

/// <summary>An input that once caused a defect. It is kept under <c>protocol-fixtures/findings/</c> as a regression test.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="About">A description of the input and of the defect.</param>
/// <param name="Parts">The input: one stream of bytes, the frames of a message, or the messages of an execution.</param>
public sealed record Finding(string Name, string About, IReadOnlyList<FindingPart> Parts)
{
    /// <summary>Reads all findings for one kind of reader.</summary>
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
