using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks;

/// <summary>A notebook in format 4: its cells, and everything else as it was read.</summary>
/// <remarks>
/// It is a view of <see cref="Json"/>, which holds every field that was read, known or not. A run changes it in place. Fields
/// that may be text or a list of lines stay as they were read; new outputs are text.
/// </remarks>
public sealed class Notebook
{
    // The first minor version whose cells have ids, and the newest there is.
    internal const int MinorWithIds = 5;

    private const int MaxIdLength = 64;

    private Notebook(JObject json)
    {
        Json = json;
        Cells = NotebookReader.Read(json);
    }

    /// <summary>Gets the notebook's JSON.</summary>
    public JObject Json { get; }

    /// <summary>Gets the cells, in order.</summary>
    public IReadOnlyList<NotebookCell> Cells { get; }

    /// <summary>Gets the notebook's metadata.</summary>
    public JObject Metadata => (JObject)Json["metadata"]!;

    /// <summary>Gets the minor version of the format: 5 for format 4.5.</summary>
    public int FormatMinor => (int)Json["nbformat_minor"]!;

    /// <summary>Gets the name of the kernelspec it was last used with, or null.</summary>
    public string? KernelSpecName => TextOf("kernelspec", "name");

    /// <summary>Gets its language, as written in its kernelspec or otherwise in the info of its last kernel, or null.</summary>
    public string? Language => TextOf("kernelspec", "language") ?? TextOf("language_info", "name");

    /// <summary>Reads a notebook.</summary>
    /// <param name="utf8">The JSON, in UTF-8.</param>
    /// <exception cref="NotebookFormatException">It is not JSON, not a notebook, or not of format 4; the message names the
    /// field.</exception>
    public static Notebook Parse(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith(Encoding.UTF8.Preamble)) utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        if (utf8.IsEmpty) throw new NotebookFormatException("", "The notebook is not JSON: it is empty.");
        JToken token;
        try
        {
            token = new RawJson(utf8).AsToken();
        }
        catch (MessageFormatException exception)
        {
            throw new NotebookFormatException("", "The notebook is not JSON, or is nested too deeply.", exception);
        }

        return Parse(token as JObject ?? throw new NotebookFormatException("", "The notebook is JSON, but not an object."));
    }

    /// <summary>Creates a notebook of its JSON, which stays the notebook's: a run changes it.</summary>
    /// <param name="json">The JSON.</param>
    /// <exception cref="NotebookFormatException">It is not a notebook, or not of format 4; the message names the
    /// field.</exception>
    public static Notebook Parse(JObject json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new Notebook(json);
    }

    /// <summary>Writes it as Jupyter's programs write files: UTF-8, indented by one blank, with a line break at the end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    public void WriteTo(Stream stream)
    {
        using (var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 64 * 1024, leaveOpen: true))
        {
            text.NewLine = "\n";
            using (var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented, Indentation = 1, CloseOutput = false }) Json.WriteTo(writer);
            text.WriteLine();
        }
    }

    /// <summary>Assigns each cell a valid id of its own; in a format without ids, removes the ids.</summary>
    /// <remarks>As nbformat does it when it repairs a notebook: of cells with the same id, the first one keeps it.</remarks>
    internal void RepairIds()
    {
        if (FormatMinor < MinorWithIds)
        {
            foreach (var cell in Cells) cell.Json.Remove("id");
            return;
        }

        var taken = Cells.Select(cell => cell.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var cell in Cells)
        {
            if (cell.Id is { } id && IsValidId(id) && kept.Add(id)) continue;
            do id = Guid.NewGuid().ToString("N")[..8];
            while (!taken.Add(id));
            cell.Id = id;
            kept.Add(id);
        }
    }

    // nbformat 4.5 schema, cell_id.
    private static bool IsValidId(string id) =>
        id.Length is > 0 and <= MaxIdLength && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    private string? TextOf(string part, string name) =>
        Metadata[part] is JObject json && json[name] is { Type: JTokenType.String } value && (string?)value is { Length: > 0 } text ? text : null;
}
