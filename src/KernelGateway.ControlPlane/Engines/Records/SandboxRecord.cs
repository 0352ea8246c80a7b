using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelGateway.ControlPlane.Engines.Records;

/// <summary>
/// What an engine must know to find a sandbox again. It is on the disk before the first program of the sandbox runs.
/// </summary>
internal sealed record SandboxRecord
{
    /// <summary>The number of <see cref="Version"/> that this program writes and reads.</summary>
    internal const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public required string Id { get; init; }

    public required string EngineName { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Gets the process that the sandbox lives as long as; null while the sandbox is being made.</summary>
    public ProcessIdentity? Main { get; init; }

    /// <summary>Gets the process on the outside that waits for it.</summary>
    public ProcessIdentity? Outer { get; init; }

    /// <summary>Gets the helper that connects it to the network.</summary>
    public ProcessIdentity? NetworkHelper { get; init; }

    /// <summary>Gets the first user id of its range on the host; zero without a range.</summary>
    public uint HostId { get; init; }

    /// <summary>Gets the directories of its control groups.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    public long MemoryBytes { get; init; }

    public long DiskBytes { get; init; }

    /// <summary>Gets the directory whose files were moved into the sandbox; they are moved back if it never runs.</summary>
    public string? TakenFrom { get; init; }

    public NetworkRecord? Network { get; init; }

    /// <summary>Gets whether its processes were stopped with SIGSTOP.</summary>
    public bool IsStopped { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Writes it in place of the former one; when this returns it survives a crash.</summary>
    internal void Write(string path)
    {
        var temporary = path + ".new";
        using (var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(file, this, RecordContext.Default.SandboxRecord);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads it; null when there is none that this program understands.</summary>
    internal static SandboxRecord? Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var record = JsonSerializer.Deserialize(file, RecordContext.Default.SandboxRecord);
            return record?.Version == CurrentVersion ? record : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>Which addresses a sandbox reaches.</summary>
/// <param name="Allow">Those that are reached in any case.</param>
/// <param name="Deny">Those that are refused.</param>
internal sealed record NetworkRecord(IReadOnlyList<string> Allow, IReadOnlyList<string> Deny);

[JsonSerializable(typeof(SandboxRecord))]
[JsonSourceGenerationOptions(WriteIndented = true)]
internal sealed partial class RecordContext : JsonSerializerContext;
