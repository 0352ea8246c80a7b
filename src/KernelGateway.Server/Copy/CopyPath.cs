namespace KernelGateway.Server.Copy;

/// <summary>One side of a copy.</summary>
/// <param name="Text">The path, without the mark of a remote one.</param>
/// <param name="IsRemote">Whether it is on the machine of the gateway.</param>
internal sealed record CopyPath(string Text, bool IsRemote)
{
    private const char RemoteMark = ':';

    /// <summary>Gets a value indicating whether it is the standard input or output.</summary>
    public bool IsStandardStream => !IsRemote && Text == "-";

    /// <summary>Gets a value indicating whether the content of a directory is meant, and not the directory itself.</summary>
    public bool IsContentOnly => Path.GetFileName(Text) is "." or "..";

    /// <summary>Gets a value indicating whether the path can only be that of a directory.</summary>
    public bool IsDirectoryPath => Text.EndsWith('/') || IsContentOnly;

    public static CopyPath Parse(string text) =>
        text.StartsWith(RemoteMark) ? new CopyPath(text[1..], IsRemote: true) : new CopyPath(text, IsRemote: false);

    /// <summary>Joins a remote directory and a name.</summary>
    public static string Join(string directory, string name) =>
        directory.EndsWith('/') ? directory + name : $"{directory}/{name}";

    /// <summary>Gives the path as it is written on the command line.</summary>
    public override string ToString() => IsRemote ? RemoteMark + Text : Text;
}
