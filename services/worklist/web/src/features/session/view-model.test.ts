import { expect, test } from '@jest/globals';
import { signInPath, tokenOfHash } from './view-model.ts';

test('a sign-in link gives its token, and a name where it has one', () => {
  expect(tokenOfHash('#token=a%2Bb')).toEqual({ token: 'a+b', name: null });
  expect(tokenOfHash('#token=x&name=dr.jansen')).toEqual({ token: 'x', name: 'dr.jansen' });
  for (const hash of ['', '#', '#token=', '#other=1']) expect(tokenOfHash(hash)).toBeNull();
});

test('signing in leads back to where one was', () => {
  expect(signInPath('/')).toBe('/sign-in');
  expect(signInPath('/alerts/A1?x=1')).toBe('/sign-in?next=%2Falerts%2FA1%3Fx%3D1');
});
