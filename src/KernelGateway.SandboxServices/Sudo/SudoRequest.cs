using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace KernelGateway.SandboxServices.Sudo;

/// <summary>What a program asks the service to run as another user. It comes with the descriptors of the program's streams.</summary>
/// <remarks>
/// <code>
/// | "KGS1" 4 | length of the body, little-endian 4 | body |    with the first byte the descriptors 0, 1 and 2 (SCM_RIGHTS)
/// body: texts of UTF-8, each with a NUL behind it; a list is its length in decimal digits, and its texts
/// </code>
/// </remarks>
internal sealed record SudoRequest
{
    /// <summary>The length of what comes before the body.</summary>
    internal const int HeaderBytes = 8;

    /// <summary>The longest body: what Linux accepts as arguments and variables of a program, by default.</summary>
    internal const int MaxBodyBytes = 2 << 20;

    private const int MaxTexts = 1 << 18;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal required SudoAction Action { get; init; }

    /// <summary>Gets the user to become: a name, or an id after "#".</summary>
    internal required string User { get; init; }

    /// <summary>Gets the absolute path of the working directory.</summary>
    internal required string Directory { get; init; }

    internal bool PreservesVariables { get; init; }

    internal bool SetsHome { get; init; }

    /// <summary>
    /// Gets whether at least one of the descriptors is a terminal that was made for the command, which becomes its controlling terminal.
    /// </summary>
    internal bool HasTerminal { get; init; }

    internal IReadOnlyList<string> PreservedNames { get; init; } = [];

    /// <summary>Gets variables that are set, each as "NAME=value".</summary>
    internal IReadOnlyList<string> Assignments { get; init; } = [];

    internal IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Gets the variables of the program that asks, each as "NAME=value".</summary>
    internal IReadOnlyList<string> Variables { get; init; } = [];

    private static ReadOnlySpan<byte> Mark => "KGS1"u8;

    /// <summary>Creates the request of a command line.</summary>
    internal static SudoRequest Create(
        SudoCommandLine line, string directory, IReadOnlyList<string> variables, bool hasTerminal) => new()
        {
            Action = line.Action,
            User = line.User,
            Directory = directory,
            PreservesVariables = line.PreservesVariables,
            SetsHome = line.SetsHome,
            HasTerminal = hasTerminal,
            PreservedNames = line.PreservedNames,
            Assignments = line.Assignments,
            Command = line.Command,
            Variables = variables,
        };

    /// <summary>Writes the request.</summary>
    /// <exception cref="SudoRefusedException">It is too large.</exception>
    internal byte[] Write()
    {
        var body = new MemoryStream();
        body.Write(new byte[HeaderBytes]);
        foreach (var text in ListTexts())
        {
            body.Write(Encoding.UTF8.GetBytes(text));
            body.WriteByte(0);
        }

        var length = (int)body.Length - HeaderBytes;
        if (length > MaxBodyBytes)
            throw new SudoRefusedException($"the arguments and variables have {length} bytes; {MaxBodyBytes} bytes are possible");
        var bytes = body.ToArray();
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Mark.Length), length);
        return bytes;
    }

    /// <summary>Reads the length of the body out of what comes before it.</summary>
    /// <exception cref="SudoRefusedException">It is not a request.</exception>
    internal static int ReadLength(ReadOnlySpan<byte> header)
    {
        if (!header.StartsWith(Mark)) throw Malformed("it does not begin with its mark");
        // The peer picks this number, so it is judged before the body is waited for.
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[Mark.Length..]);
        return length is >= 0 and <= MaxBodyBytes ? length : throw Malformed($"its length is {length} bytes");
    }

    /// <summary>Reads the body.</summary>
    /// <exception cref="SudoRefusedException">It is not one.</exception>
    internal static SudoRequest Read(ReadOnlySpan<byte> body)
    {
        var texts = new Texts(Split(body));
        var request = new SudoRequest
        {
            Action = (SudoAction)texts.TakeNumber((int)SudoAction.Validate),
            User = texts.Take(),
            Directory = texts.Take(),
            PreservesVariables = texts.TakeNumber(1) == 1,
            SetsHome = texts.TakeNumber(1) == 1,
            HasTerminal = texts.TakeNumber(1) == 1,
            PreservedNames = texts.TakeList(),
            Assignments = texts.TakeList(),
            Command = texts.TakeList(),
            Variables = texts.TakeList(),
        };
        texts.End();
        if (!request.Directory.StartsWith('/')) throw Malformed("its directory is not an absolute path");
        if (request is { Action: SudoAction.Run, Command.Count: 0 }) throw Malformed("it has no command");
        return request;
    }

    private IEnumerable<string> ListTexts()
    {
        IEnumerable<string> head =
        [
            Number((int)Action), User, Directory, Flag(PreservesVariables), Flag(SetsHome), Flag(HasTerminal),
        ];
        return head.Concat(List(PreservedNames)).Concat(List(Assignments)).Concat(List(Command)).Concat(List(Variables));

        static IEnumerable<string> List(IReadOnlyList<string> texts) => texts.Prepend(Number(texts.Count));
        static string Flag(bool value) => value ? "1" : "0";
        static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private static List<string> Split(ReadOnlySpan<byte> body)
    {
        if (body.Count((byte)0) is var count && count > MaxTexts) throw Malformed($"it has {count} texts");
        var texts = new List<string>(count);
        try
        {
            while (!body.IsEmpty)
            {
                var end = body.IndexOf((byte)0);
                if (end < 0) throw Malformed("its last text has no end");
                texts.Add(Strict.GetString(body[..end]));
                body = body[(end + 1)..];
            }
        }
        catch (DecoderFallbackException)
        {
            throw Malformed("a text is not UTF-8");
        }

        return texts;
    }

    private static SudoRefusedException Malformed(string problem) => new($"the request is malformed: {problem}");

    /// <summary>Texts that are taken one after another.</summary>
    private sealed class Texts(List<string> texts)
    {
        private int _next;

        internal string Take() => _next < texts.Count ? texts[_next++] : throw Malformed("a text is missing");

        internal int TakeNumber(int max) =>
            int.TryParse(Take(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max
                ? number
                : throw Malformed("a number is not possible");

        internal List<string> TakeList()
        {
            var count = TakeNumber(texts.Count - _next);
            if (count > texts.Count - _next) throw Malformed("a list is too short");
            _next += count;
            return texts.GetRange(_next - count, count);
        }

        internal void End()
        {
            if (_next < texts.Count) throw Malformed("it has more texts than expected");
        }
    }
}
