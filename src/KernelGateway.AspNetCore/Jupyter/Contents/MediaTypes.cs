using System.Collections.Frozen;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The media types of files by their names, as Python's <c>mimetypes</c> finds them for Jupyter's server.</summary>
internal static partial class MediaTypes
{
    // Of the files in which Python looks, the one that Linux distributions have.
    private const string SystemTable = "/etc/mime.types";

    private static readonly Dictionary<string, string> Suffixes = new(StringComparer.Ordinal)
    {
        [".svgz"] = ".svg.gz",
        [".tgz"] = ".tar.gz",
        [".taz"] = ".tar.gz",
        [".tz"] = ".tar.gz",
        [".tbz2"] = ".tar.bz2",
        [".txz"] = ".tar.xz",
    };

    private static readonly Dictionary<string, string> Encodings = new(StringComparer.Ordinal)
    {
        [".gz"] = "gzip",
        [".Z"] = "compress",
        [".bz2"] = "bzip2",
        [".xz"] = "xz",
        [".br"] = "br",
    };

    // Read by the first request.
    private static readonly Lazy<FrozenDictionary<string, string>> Types = new(ReadTables);

    /// <summary>Finds the media type of a file; null when its name does not tell it.</summary>
    public static string? Find(string name) => Find(name, out _);

    /// <summary>Finds the media type of a file, and how the file is compressed.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="encoding">The compression, such as <c>gzip</c>; null for none.</param>
    public static string? Find(string name, out string? encoding)
    {
        var extension = ExtensionOf(name);
        while (Suffixes.TryGetValue(extension, out var longer))
        {
            name = name[..^extension.Length] + longer;
            extension = ExtensionOf(name);
        }

        if (Encodings.TryGetValue(extension, out encoding)) extension = ExtensionOf(name[..^extension.Length]);
        return Types.Value.TryGetValue(extension, out var type) || Types.Value.TryGetValue(extension.ToLowerInvariant(), out type)
            ? type
            : null;
    }

    // A dot at the beginning of the name does not begin an extension.
    private static string ExtensionOf(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 && name.AsSpan(0, dot).ContainsAnyExcept('.') ? name[dot..] : "";
    }

    private static FrozenDictionary<string, string> ReadTables()
    {
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(types, BuiltIn);
        try
        {
            if (File.Exists(SystemTable)) Add(types, File.ReadAllText(SystemTable));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The types that are built in remain.
        }

        return types.ToFrozenDictionary(StringComparer.Ordinal);
    }

    // One type and its extensions in each line; the last line of an extension counts.
    private static void Add(Dictionary<string, string> types, string table)
    {
        foreach (var line in table.Split('\n'))
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            for (var i = 1; i < words.Length && !words[i].StartsWith('#'); i++)
            {
                if (words[0].StartsWith('#')) break;
                types["." + words[i]] = words[0];
            }
        }
    }
}
