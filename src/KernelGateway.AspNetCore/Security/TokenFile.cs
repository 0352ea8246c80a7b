using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KernelGateway.Protocol.Files;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Reads files of tokens: one token per line, with name, token or digest, and expiry.</summary>
/// <remarks>
/// <code>
/// # name   token, or sha256: and its digest in hex   expiry (UTC), optional
/// alice    6f1c...
/// ci       sha256:9f86d081...                         2027-01-31T12:00:00Z
/// </code>
/// </remarks>
internal static class TokenFile
{
    private const int MaxBytes = 1 << 20;
    private const int MaxNameLength = 64;
    private const string DigestPrefix = "sha256:";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly string[] ExpiryForms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];

    /// <summary>Reads the bytes of a file that belongs to the gateway's user or to root, and that no other user can read or change.</summary>
    /// <exception cref="TokenFileException">It cannot be read, or its permissions are too wide.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return OutsideFile.Read(path, MaxBytes, OutsideFileRules.OwnedByUs | OutsideFileRules.NotForOthers, otherOwner: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TokenFileException(exception.Message);
        }
    }

    /// <summary>Parses the content of a file. Messages of exceptions contain line numbers and names, and no tokens.</summary>
    /// <exception cref="TokenFileException">A line is malformed, or a name or token is there twice.</exception>
    public static IReadOnlyList<AccessToken> Parse(byte[] content)
    {
        var tokens = new List<AccessToken>();
        var names = new HashSet<string>(StringComparer.Ordinal) { AccessToken.DefaultName };
        var digests = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in Decode(content).Split('\n'))
        {
            number++;
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#') continue;
            var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length is < 2 or > 3) throw Malformed(number, "it has the form 'NAME TOKEN' or 'NAME TOKEN EXPIRY'");
            var name = fields[0];
            if (!IsName(name)) throw Malformed(number, $"the name is not 1 to {MaxNameLength} letters, digits, '.', '_', '-' or '@'");
            if (name == AccessToken.DefaultName) throw Malformed(number, $"'{name}' is the name of the token that is not from a file");
            if (!names.Add(name)) throw Malformed(number, $"the name '{name}' is there twice");
            var digest = ReadDigest(fields[1], number);
            if (!digests.Add(Convert.ToHexString(digest))) throw Malformed(number, $"the token of '{name}' has another name too");
            tokens.Add(AccessToken.CreateNamed(name, digest, fields.Length > 2 ? ReadExpiry(fields[2], number) : null));
        }

        return tokens;
    }

    private static string Decode(byte[] content)
    {
        try
        {
            return StrictUtf8.GetString(content).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw new TokenFileException("The file is not text in UTF-8.");
        }
    }

    private static bool IsName(string name) =>
        name.Length <= MaxNameLength && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-' or '@');

    private static byte[] ReadDigest(string field, int number)
    {
        if (!field.StartsWith(DigestPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return field.All(character => character is > ' ' and <= '~')
                ? AccessToken.Digest(field)
                : throw Malformed(number, "the token holds characters other than printable ASCII, which do not fit a header");
        }

        var hex = field[DigestPrefix.Length..];
        return hex.Length == SHA256.HashSizeInBytes * 2 && hex.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(hex)
            : throw Malformed(number, $"after '{DigestPrefix}' there are not {SHA256.HashSizeInBytes * 2} hexadecimal digits");
    }

    private static DateTimeOffset ReadExpiry(string field, int number) =>
        DateTimeOffset.TryParseExact(field, ExpiryForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expiry)
            ? expiry
            : throw Malformed(number, "the expiry is not a date such as 2027-01-31 or 2027-01-31T12:00:00Z");

    private static TokenFileException Malformed(int number, string problem) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Line {number}: {problem}."));
}

/// <summary>A token file cannot be used; the message says why and contains no token.</summary>
internal sealed class TokenFileException(string message) : Exception(message);
