import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsObject,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
  ValidateNested
} from 'class-validator'
import { IsCleanText, MayBeAbsent, says } from './request-validation.js'

const cleanLine = says('Niedozwolone znaki sterujące.', 'Control characters are not allowed.')
const longest = (limit: number) => says(`Najwyżej ${limit} znaków.`, `At most ${limit} characters.`)
const between = (from: number, to: number) => says(`Od ${from} do ${to} znaków.`, `From ${from} to ${to} characters.`)

/** A required line of text with a longest length. */
function Line(limit: number): PropertyDecorator {
  return each(Length(1, limit, between(1, limit)), IsCleanText('one', cleanLine))
}

function each(...decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => decorators.forEach(decorate => decorate(target, property))
}

/** Seat or home address of an addressee who is known by name only. */
export class PostalAddressDto {
  @ApiProperty({ description: 'Country (kraj), ISO 3166-1 alpha-2.', example: 'PL', pattern: '^[A-Z]{2}$' })
  @Matches(/^[A-Z]{2}$/, says('Dwuliterowy kod kraju, np. PL.', 'A two-letter country code, such as PL.'))
  countryCode!: string

  @ApiProperty({ description: 'Place (miejscowość).', example: 'Wólka Testowa', maxLength: 128 })
  @Line(128)
  city!: string

  @ApiPropertyOptional({ description: 'Street (ulica).', example: 'ul. Próbna', maxLength: 128 })
  @MayBeAbsent()
  @Line(128)
  street?: string

  @ApiPropertyOptional({ description: 'Post code (kod pocztowy).', example: '00-001', maxLength: 16 })
  @MayBeAbsent()
  @Line(16)
  postalCode?: string

  @ApiPropertyOptional({ description: 'Number of the building (nr domu).', example: '7A', maxLength: 36 })
  @MayBeAbsent()
  @Line(36)
  buildingNumber?: string

  @ApiPropertyOptional({ description: 'Number of the flat (nr lokalu).', example: '3', maxLength: 36 })
  @MayBeAbsent()
  @Line(36)
  flatNumber?: string
}

/** Whom the letter is for: an address of e-Delivery, an identifier, or a name with an address. */
export class AddresseeDto {
  @ApiPropertyOptional({
    description: 'Electronic delivery address (adres do doręczeń elektronicznych, ADE).',
    example: 'AE:PL-30000-40001-URZAD-23'
  })
  @MayBeAbsent()
  @Line(64)
  ade?: string

  @ApiPropertyOptional({ description: 'Tax number (NIP).', example: '5252248481', maxLength: 20 })
  @MayBeAbsent()
  @Line(20)
  nip?: string

  @ApiPropertyOptional({ description: 'Statistical number (REGON), 9 or 14 digits.', maxLength: 20 })
  @MayBeAbsent()
  @Line(20)
  regon?: string

  @ApiPropertyOptional({ description: 'Number in the court register (KRS).', example: '0000000000', maxLength: 20 })
  @MayBeAbsent()
  @Line(20)
  krs?: string

  @ApiPropertyOptional({ description: 'Number of a person (PESEL); kept encrypted, never shown.', maxLength: 20 })
  @MayBeAbsent()
  @Line(20)
  pesel?: string

  @ApiPropertyOptional({ description: 'Name of an organisation (nazwa podmiotu).', maxLength: 512 })
  @MayBeAbsent()
  @Line(512)
  entityName?: string

  @ApiPropertyOptional({ description: 'Given name (imię).', maxLength: 128 })
  @MayBeAbsent()
  @Line(128)
  givenName?: string

  @ApiPropertyOptional({ description: 'Family name (nazwisko).', maxLength: 128 })
  @MayBeAbsent()
  @Line(128)
  familyName?: string

  @ApiPropertyOptional({ description: 'Address of the seat or home (adres).', type: () => PostalAddressDto })
  @MayBeAbsent()
  @IsObject(says('Wymagany jest obiekt.', 'An object is required.'))
  @ValidateNested(says('Wymagany jest obiekt.', 'An object is required.'))
  @Type(() => PostalAddressDto)
  address?: PostalAddressDto
}

/** A letter (przesyłka) to be sent. */
export class NewLetterDto {
  @ApiProperty({
    description: 'Address of your institution to send from (ADE nadawcy).',
    example: 'AE:PL-10000-20001-GMINA-27'
  })
  @Line(64)
  senderAde!: string

  @ApiProperty({ description: 'Addressee (adresat).', type: () => AddresseeDto })
  @IsObject(says('Wymagany jest obiekt.', 'An object is required.'))
  @ValidateNested(says('Wymagany jest obiekt.', 'An object is required.'))
  @Type(() => AddresseeDto)
  addressee!: AddresseeDto

  @ApiProperty({
    description: 'Subject (tytuł); leave personal data out of it.',
    example: 'Decyzja w sprawie OŚ.6220.1.2026',
    minLength: 1,
    maxLength: 255
  })
  @Line(255)
  @Matches(/\S/, says('Nie może być pusty.', 'Must not be blank.'))
  subject!: string

  @ApiProperty({
    description: 'Text of the message (treść wiadomości); the papers are in `documents`.',
    example: 'W załączeniu przesyłamy decyzję.',
    maxLength: 5000
  })
  @IsString(says('Wymagany jest tekst.', 'A text is required.'))
  @MaxLength(5000, longest(5000))
  @IsCleanText('many', cleanLine)
  text!: string

  @ApiProperty({
    description: 'Ids of uploaded documents (POST /v1/documents), in the order of reading.',
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    minItems: 1,
    maxItems: 50,
    example: ['0199d1a2-7b3c-7d4e-8f50-61728394a5b6']
  })
  @IsArray(says('Wymagana jest lista identyfikatorów.', 'A list of ids is required.'))
  @ArrayMinSize(1, says('Co najmniej jeden dokument.', 'At least one document.'))
  @ArrayMaxSize(50, says('Najwyżej 50 dokumentów.', 'At most 50 documents.'))
  @IsUUID(undefined, says('Identyfikatory muszą być typu UUID.', 'The ids must be UUIDs.', { each: true }))
  documents!: string[]

  @ApiPropertyOptional({
    description: 'Your own mark of the case (znak sprawy); comes back in lists and is told to the provider.',
    example: 'OŚ.6220.1.2026',
    maxLength: 128
  })
  @MayBeAbsent()
  @Line(128)
  reference?: string
}
